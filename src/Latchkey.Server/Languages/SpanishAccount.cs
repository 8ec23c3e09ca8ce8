namespace Latchkey.Server.Languages;

internal abstract partial record AccountTexts
{
    public sealed record Spanish : AccountTexts
    {
        internal override string Title => "Programas conectados";
        internal override string Empty => "No hay ningún programa conectado. Cuando permita uno, aparecerá aquí.";
        internal override string OnYourDevice => "en su dispositivo";
        internal override string Uses => "Usa";
        internal override string MayDo => "Puede";
        internal override string Organization => "Organización";
        internal override Phrase Since(Slot date) => $"Conectado desde el {date}";
        internal override Phrase LastUsed(Slot date) => $"Último uso: {date}";
        internal override string StaysConnected => "Sigue conectado hasta que usted o su empresa lo terminen.";
        internal override Phrase EndsOn(Slot date) => $"Termina por sí solo el {date}.";
        internal override string OnlyNewest => "Solo se muestran los programas usados más recientemente.";
        internal override string Disconnect => "Desconectar";
        internal override string Change => "Cambiar lo que puede hacer";
        internal override string Unknown => "Aquí hay algo que no conozco";
        internal override string DisconnectAll => "Desconectar todos";
        internal override string SignOut => "Cerrar sesión";
        internal override string EndedTitle => "Ya no están conectados";
        internal override Phrase EndedOn(Slot date) => $"Terminó el {date}";
        internal override string RememberedTitle => "Se conecta sin preguntar";
        internal override Phrase Remembered(Slot program, Slot server) => $"{program} se conecta a {server} sin preguntarle.";
        internal override string AskAgain => "Volver a preguntarme";
        internal override Phrase ChangeTitle(Slot program) => $"¿Qué puede hacer {program}?";
        internal override string ChangeExplanation =>
            "Desmarque lo que ya no deba hacer. Para permitir más, conéctese de nuevo en el programa.";
        internal override string NothingLeft => "Deje al menos una marca. Para quitarlo todo, desconecte el programa.";
        internal override string Save => "Guardar";
        internal override string Cancel => "Cancelar";
        internal override Phrase DisconnectTitle(Slot program) => $"¿Desconectar {program}?";
        internal override Phrase DisconnectExplanation(Slot program, Slot server, TimeSpan tail) =>
            $"{program} pierde de inmediato el acceso a {server}; durante {Exact(tail)} como máximo aún puede terminar lo que empezó.";
        internal override string DisconnectAllTitle => "¿Desconectar todos los programas?";
        internal override string DisconnectAllExplanation(int programs, TimeSpan tail) =>
            programs == 1
                ? $"Un programa pierde el acceso de inmediato; durante {Exact(tail)} como máximo aún puede terminar lo que empezó."
                : $"{Number(programs)} programas pierden el acceso de inmediato; durante {Exact(tail)} como máximo aún pueden "
                    + $"terminar lo que empezaron.";
        internal override Phrase UnknownTitle(Slot program) => $"¿No conoce {program}?";
        internal override Phrase UnknownExplanation(Slot program) =>
            $"{program} se desconecta de inmediato. Que no lo conoce queda anotado para el responsable de este servicio.";
        internal override string UnknownButton => "Desconectar y avisar";
        internal override Phrase Disconnected(Slot program) => $"{program} está desconectado";
        internal override string BackToList => "Volver a la lista";
        internal override Phrase AskSupport(Slot contact) => $"Pregunte a {contact} qué ha ocurrido.";
        internal override string AskCompany => "Pregunte al servicio de asistencia de su empresa qué ha ocurrido.";
        internal override string ChooseTitle => "¿Qué servicio?";
        internal override string ChooseExplanation => "Elija el servicio cuyos programas quiere ver. Iniciará sesión en su propia página.";
        internal override AccountMessage NotOffered => new(
            "Esta página no se ofrece aquí", "Su empresa muestra los programas conectados en su propia página de cuenta.");
        internal override AccountMessage SignedOut => new("Ha cerrado la sesión", "Puede cerrar esta ventana.");
        internal override AccountMessage SignInAgain => new(
            "Inicie sesión de nuevo", "Su sesión se cerró después de un tiempo y no se ha cambiado nada.");
        internal override AccountMessage NoSuchProgram => new("Este programa no existe", "No está en su lista, o ya no está.");
        internal override AccountMessage FormRefused => new(
            "Esta respuesta no se ha aceptado", "Venía de otra página, o de una demasiado antigua. No se ha cambiado nada.");
        internal override string SignIn => "Iniciar sesión";

        internal override string Date(DateTimeOffset time) =>
            $"{time.UtcDateTime.Day} de {Months[time.UtcDateTime.Month - 1]} de {time.UtcDateTime.Year}";

        private static readonly string[] Months =
        [
            "enero", "febrero", "marzo", "abril", "mayo", "junio",
            "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
        ];

        private static string Exact(TimeSpan time) => Texts.Spanish.Amount(TimeAmount.Exact(time));

        private static string Number(int count) => TimeAmount.DigitsOf(count);
    }
}
