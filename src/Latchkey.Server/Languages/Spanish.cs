namespace Latchkey.Server.Languages;

internal abstract partial record Texts
{
    public sealed record Spanish : Texts
    {
        internal override RefusalTexts Refusals { get; } = new RefusalTexts.Spanish();
        internal override AccountTexts Account { get; } = new AccountTexts.Spanish();

        internal override string Footer => "Inicio de sesión con Latchkey";
        internal override string Privacy => "Privacidad";
        internal override string Help => "Ayuda";
        internal override string Reference => "Referencia";
        internal override string Languages => "Idiomas";
        internal override string ListSeparator => ", ";
        internal override string SentenceSeparator => " ";
        internal override string ThisDevice => "este dispositivo";
        internal override string ProgramOnThisDevice => "Un programa en este dispositivo";

        internal override Phrase WantsToUse(Slot client, Slot resource) => $"{client} quiere usar {resource}";
        internal override Phrase ClaimedWantsToUse(Slot client, Slot resource) =>
            $"Un programa que dice llamarse {client} quiere usar {resource}";
        internal override Phrase ProgramAt(Slot host) => $"Un programa de {host}";
        internal override Phrase ProgramDescribedAt(Slot host, Slot answer) =>
            $"Un programa descrito en {host}. Su respuesta se envía a {answer}";
        internal override Phrase ProgramOn(Slot device) => $"Un programa en {device}";
        internal override Phrase LocalProgramDescribedAt(Slot program, Slot host) => $"{program}, descrito en {host}";
        internal override Phrase ProgramReachedThrough(Slot forwarder) =>
            $"Un programa en este dispositivo, al que se llega a través de {forwarder}";
        internal override Phrase ForwardedProgramDescribedAt(Slot forwarder, Slot host) =>
            $"Un programa en este dispositivo, al que se llega a través de {forwarder}, descrito en {host}";
        internal override Phrase AppOn(Slot device, Slot scheme) => $"Una aplicación en {device} que abre enlaces {scheme}";
        internal override Phrase AppDescribedAt(Slot scheme, Slot host) =>
            $"Una aplicación en este dispositivo que abre enlaces {scheme}, descrita en {host}";
        internal override string VouchedFor => "confirmado";
        internal override string DeviceWarning =>
            "Su respuesta se envía a un programa en este dispositivo. Permítalo solo si acaba de iniciarlo usted mismo.";
        internal override Phrase UnvouchedWarning(Slot host, bool isNamed) => isNamed
            ? (Phrase)($"Este programa no está verificado: su nombre puede ser falso. Su respuesta se envía a {host}. "
                + $"Permítalo solo si lo conoce.")
            : (Phrase)$"Este programa no está verificado. Su respuesta se envía a {host}. Permítalo solo si lo conoce.";
        internal override string ImitationWarning =>
            "El nombre de este programa se parece al de otro muy conocido, así que no se muestra.";
        internal override string NameWarning =>
            "El nombre de este programa tiene caracteres que se pueden confundir con otros, así que no se muestra.";
        internal override string SignedInAs => "Sesión iniciada como";
        internal override string NotYou => "Cambiar de cuenta";
        internal override string WillBeAbleTo => "Podrá";
        internal override string MayUntick => "Desmarque lo que no quiera.";
        internal override string MustChoose => "Marque lo que quiera permitir.";
        internal override string New => "nuevo";
        internal override string AlsoAsksTo => "También pide";
        internal override string TickSensitive => "Son delicados. Marque uno solo si lo necesita.";
        internal override string WhichOrganization => "¿Para qué organización?";
        internal override string ChooseOne => "Elija una";
        internal override string OnlyLook => "Solo ver";
        internal override string WhatItAsksFor => "Lo que pide";
        internal override string Choose => "Elegir";
        internal override string ChooseOneByOne => "Marque usted mismo cada uno.";
        internal override string OnlyHere => "Los permisos delicados solo están aquí.";
        internal override Phrase Remember(Slot client, Slot resource) =>
            $"No volver a preguntarme cuando {client} se conecte a {resource}";
        internal override Phrase UseEverything(Slot resource) => $"Usar todo lo que {resource} le ofrece";

        internal override string Identity(string scope) => scope switch
        {
            "profile" => "Ver su nombre, su nombre de usuario, su imagen, su género y su idioma",
            "email" => "Ver su dirección de correo electrónico y si está confirmada",
            _ => "Saber quién es usted",
        };

        internal override Phrase AlsoLearn(Slot resource, Slot client, Slot claims) =>
            $"{resource} y {client} también sabrán: {claims}.";

        internal override string Claim(string claim, bool isEmail, bool canUntick) => claim switch
        {
            "sub" when isEmail => "qué cuenta usa, que lleva el nombre de su dirección de correo electrónico",
            "sub" => "qué cuenta usa",
            "auth_time" => "cuándo y cómo ha iniciado sesión",
            "email" => "su dirección de correo electrónico",
            "name" => "su nombre",
            "org_id" => "su organización",
            "roles" => "sus funciones",
            "groups" => "sus grupos",
            _ => "otros datos que añade su empresa",
        } + (canUntick ? " (a menos que lo desmarque)" : "");

        internal override string EndsByItself(TimeSpan lifetime) =>
            $"El acceso termina por sí solo después de {Amount(TimeAmount.RoundedUp(lifetime))}. "
            + "Entonces el programa debe preguntar de nuevo.";

        internal override string KeepsAccess(TimeSpan lifetime, TimeSpan idle) =>
            $"El acceso dura hasta que su empresa lo termine, como máximo {Amount(TimeAmount.RoundedUp(lifetime))}."
            + (idle < lifetime
                ? $" Termina antes si el programa no lo ha usado durante {Amount(TimeAmount.RoundedUp(idle))}."
                : "");

        internal override string Allow => "Permitir";
        internal override string Deny => "Rechazar";

        internal override string ForDevelopers => "Para desarrolladores";
        internal override string TellReference => "Si pide ayuda, indique esta referencia:";
        internal override string StartAgain => "Empezar de nuevo";
        internal override string GoBack => "Volver al programa";
        internal override Phrase LeadsTo(Slot host) => $"El botón lleva a {host}.";
        internal override Phrase LeadsToDevice(Slot device) => $"El botón lleva a {device}.";
        internal override Phrase LeadsToApp(Slot scheme) =>
            $"El botón abre una aplicación en este dispositivo, para enlaces que empiezan por {scheme}.";
        internal override Phrase LeadsThrough(Slot forwarder) =>
            $"El botón lleva a un programa en este dispositivo, a través de {forwarder}.";

        internal override string FinishedTitle => "Ya está conectado";
        internal override Phrase Finished(Slot resource) =>
            $"El programa ha recibido acceso a {resource}. Puede cerrar esta ventana.";
        internal override string OneMoment => "Un momento";
        internal override string AnswerTravels =>
            "Su respuesta va de camino al programa. Si no ocurre nada, pulse «Continuar».";
        internal override string Continue => "Continuar";
        internal override string AnswerReady => "Su respuesta está lista";
        internal override string AnswerWaits =>
            "Es para un programa en este dispositivo, que solo se abre cuando usted pulsa el botón.";

        internal override string HomeTitle => "Latchkey está en marcha";
        internal override string HomeExplanation =>
            "Este servidor inicia su sesión en programas que se conectan a un servidor MCP. "
            + "Un programa abre sus páginas para usted cuando hacen falta.";
        internal override string ApiReference => "Referencia de la API";
        internal override string ApiReferenceIs => "para el responsable y la página de inicio de sesión";
        internal override string State => "Estado";
        internal override string StateIs => "para la supervisión: si el servidor está listo y qué falla";
        internal override Phrase GuidesAre(Slot folder) => $"Las guías vienen con el programa, en la carpeta {folder}.";
        internal override string Version => "Versión";

        internal static string Amount(TimeAmount amount) => amount.IsOne
            ? amount.Unit switch
            {
                TimeUnit.Second => "un segundo",
                TimeUnit.Minute => "un minuto",
                TimeUnit.Hour => "una hora",
                _ => "un día",
            }
            : amount.Unit switch
            {
                TimeUnit.Second => $"{amount.Digits} segundos",
                TimeUnit.Minute => $"{amount.Digits} minutos",
                TimeUnit.Hour => $"{amount.Digits} horas",
                _ => $"{amount.Digits} días",
            };
    }
}
