namespace Latchkey.Server.Languages;

public abstract partial record RefusalTexts
{
    public sealed record Spanish : RefusalTexts
    {
        private const string StartAgain = "Vuelva al programa del que viene y conéctese de nuevo.";
        private const string StartAgainOrReport =
            "Vuelva al programa del que viene y conéctese de nuevo. Si vuelve a ocurrir, envíe la referencia de abajo a su "
            + "servicio de asistencia.";
        private const string NotAccepted = "Este servicio no acepta este programa";
        private const string NotVerified = "No se ha podido verificar este programa";
        private const string OtherBrowser = "Este inicio de sesión se empezó en otro navegador";
        private const string Over = "Este inicio de sesión ha terminado";
        private const string TryAgain = "Inténtelo de nuevo";
        private const string MaybeTrick =
            "Si no lo empezó usted, cierre esta página. Es posible que le hayan enviado el enlace para engañarle. Si fue usted, "
            + "conéctese de nuevo y quédese en el mismo navegador.";

        internal override RefusalText MissingClient => new(
            "Este enlace está incompleto", "El programa que le ha enviado aquí no ha dicho qué programa es.", StartAgainOrReport);

        internal override RefusalText RepeatedClient => new(
            "Este enlace no es válido", "El programa que le ha enviado aquí ha dado su identidad más de una vez.", StartAgainOrReport);

        internal override RefusalText UnknownClient => new(
            "Programa desconocido",
            "El programa que le ha enviado aquí no está registrado, o su registro se ha eliminado.", StartAgainOrReport);

        internal override RefusalText RepeatedRedirectUri => new(
            "Este enlace no es válido", "El programa que le ha enviado aquí ha dado su dirección más de una vez.", StartAgainOrReport);

        internal override RefusalText MissingRedirectUri => new(
            "Este enlace está incompleto", "El programa que le ha enviado aquí no ha dicho adónde hay que devolverle.", StartAgainOrReport);

        internal override RefusalText UnregisteredRedirectUri => new(
            "La dirección de este programa no está registrada",
            "El programa quiere devolverle a una dirección que no ha registrado. Se ha detenido aquí.", StartAgainOrReport);

        internal override RefusalText RedirectUriNotAllowed => new(
            "La dirección de este programa no está permitida",
            "El programa quiere devolverle a una dirección que este servicio no permite. Se ha detenido aquí.", StartAgainOrReport);

        internal override RefusalText ClientOfAnotherResource => new(
            "Este programa está registrado para otro servicio",
            "El programa que le ha enviado aquí está registrado para otro servicio y solo funciona allí.", StartAgainOrReport);

        internal override RefusalText ClientNotAdded => new(
            NotAccepted, "El servicio al que quiere acceder solo acepta programas que su responsable ha añadido.",
            "Pida al responsable del servicio que añada el programa.");

        internal override RefusalText ClientNotApproved => new(
            NotAccepted, "El servicio al que quiere acceder solo acepta programas que su responsable ha aprobado.",
            "Pida al responsable del servicio que apruebe el programa.");

        internal override RefusalText NoConnection => new(
            "El inicio de sesión no está configurado", "El servicio al que quiere acceder todavía no tiene página de inicio de sesión.",
            "Pida al responsable del servicio que la configure.");

        internal override RefusalText TooManySignIns(int seconds) => new(
            "Demasiados inicios de sesión", "Desde su red se han empezado muchos inicios de sesión en poco tiempo.", Wait(seconds));

        internal override RefusalText TooManySignInsOfServer(int seconds) => new(
            "Demasiados inicios de sesión", "En este servicio se han empezado muchos inicios de sesión en poco tiempo.", Wait(seconds));

        internal override RefusalText StateTooLong => new(
            "Este enlace es demasiado largo",
            "El programa que le ha enviado aquí ha añadido demasiados datos al enlace.", StartAgainOrReport);

        internal override RefusalText UnknownResource => new(
            "Servicio desconocido", "La dirección a la que se le ha enviado no pertenece a ningún servicio.", StartAgainOrReport);

        internal override RefusalText UnreadableParameters => new(
            "Esta solicitud no es válida",
            "El programa que le ha enviado aquí ha enviado una solicitud en un formato desconocido.", StartAgainOrReport);

        internal override RefusalText UnknownRequestUri => new(
            "Este enlace solo funciona una vez", "El enlace ya se ha usado, es demasiado antiguo o pertenece a otro programa.", StartAgain);

        internal override RefusalText SignInRequired => new(
            "Tiene que iniciar sesión",
            "El programa que le ha enviado aquí ha pedido acceso sin mostrarle ninguna página. Eso no es posible. No ha recibido acceso.",
            "Puede volver al programa. Se le comunicará que usted tiene que iniciar sesión.");

        internal override RefusalText ClientMistake => new(
            "Este programa ha enviado una solicitud no válida",
            "El programa que le ha enviado aquí ha cometido un error. No ha recibido acceso a nada.",
            "Puede volver al programa. Se le comunicará qué está mal.");

        internal override RefusalText ClientBlocked => new(
            "Este programa está bloqueado",
            "El responsable del servicio ha bloqueado este programa.", "Si necesita este programa, diríjase al responsable del servicio.");

        internal override RefusalText TooManyFetchesAtOnce => new(
            TryAgain, "El servidor está comprobando demasiados programas nuevos en este momento.",
            "Espere unos segundos y vuelva a cargar esta página.");

        internal override RefusalText TooManyFetches(int seconds) => new(
            TryAgain, "Desde su red se han usado muchos programas nuevos en poco tiempo.", Wait(seconds));

        internal override RefusalText TooManyFetchesOfServer(int seconds) => new(
            TryAgain, "En este servicio se han usado muchos programas nuevos en poco tiempo.", Wait(seconds));

        internal override RefusalText DocumentHostNotAccepted(Slot host) => new(
            NotAccepted, $"El servicio al que quiere acceder no acepta programas de {host}.",
            "Pida al responsable del servicio que acepte el programa.");

        internal override RefusalText DocumentUnavailable => new(
            NotVerified, "No se ha podido leer la descripción que el programa publica en Internet.", StartAgainOrReport);

        internal override RefusalText DocumentUnavailableAt(Slot url) => new(
            NotVerified, $"No se ha podido leer la descripción que el programa publica en {url}.", StartAgainOrReport);

        internal override RefusalText DocumentUnreachable(Slot url) => new(
            NotVerified,
            $"No se ha podido leer la descripción que el programa publica en {url}. Este servidor no puede acceder a Internet.",
            StartAgainOrReport);

        internal override RefusalText DocumentInvalid => new(
            NotVerified, "La descripción que el programa publica en Internet no es válida.", StartAgainOrReport);

        internal override RefusalText UnknownConnection => new(
            "Dirección desconocida", "La página de inicio de sesión le ha devuelto a una dirección que no existe.", StartAgain);

        internal override RefusalText UnknownState => new(
            "Inicio de sesión desconocido",
            "El enlace está incompleto, se ha modificado o pertenece a un inicio de sesión que terminó hace mucho.", StartAgain);

        internal override RefusalText ForeignBrowser => new(
            OtherBrowser,
            "Por su seguridad, un inicio de sesión debe terminarse en el navegador en el que se empezó. Este se empezó en otro "
            + "navegador, así que aquí no ha ocurrido nada.",
            MaybeTrick);

        internal override RefusalText ForeignBrowserStopped => new(
            OtherBrowser,
            "Por su seguridad, un inicio de sesión debe terminarse en el navegador en el que se empezó. Este se empezó en otro "
            + "navegador, así que se ha detenido.",
            MaybeTrick);

        internal override RefusalText ForeignBrowserLate => new(
            Over, "El inicio de sesión del que viene tardó demasiado o se empezó en otro navegador.", StartAgain);

        internal override RefusalText NotReported => new(
            "El inicio de sesión no se ha completado",
            "La página de inicio de sesión le ha devuelto antes de comunicar quién es usted.", StartAgain);

        internal override RefusalText ProofMissing => new(
            "No se ha podido confirmar el inicio de sesión",
            "La página de inicio de sesión le ha devuelto sin la confirmación necesaria, así que el inicio de sesión se ha detenido.",
            StartAgain);

        internal override RefusalText NotSignedIn => new(
            "No se ha iniciado su sesión",
            "La página de inicio de sesión no ha iniciado su sesión, así que el programa no ha recibido acceso.",
            "Puede volver al programa. Se le comunicará que no se ha iniciado su sesión.");

        internal override RefusalText NoLongerOffered => new(
            "Esta solicitud ya no es válida",
            "El programa o el servicio se ha cambiado o eliminado mientras usted iniciaba sesión.", StartAgain);

        internal override RefusalText ConnectionDisabled => new(
            "Esta página de inicio de sesión ya no se usa",
            "El servicio al que quiere acceder ya no usa la página de inicio de sesión de la que viene.",
            "Conéctese de nuevo o diríjase al responsable del servicio.");

        internal override RefusalText SignInOver => new(Over, "Se detuvo antes y no se concedió ningún acceso.", StartAgain);

        internal override RefusalText LoginTooLate(TimeSpan lifetime) => new(
            "Este inicio de sesión ha tardado demasiado",
            $"Por su seguridad, tiene {Exact(lifetime)} para iniciar sesión en la página de inicio de sesión.", StartAgain);

        internal override RefusalText ReturnTooLate => new(
            "Ha vuelto demasiado tarde", "Inició sesión, pero después tardó demasiado en volver aquí.", StartAgain);

        internal override RefusalText ConsentTooLate(TimeSpan lifetime) => new(
            "Su respuesta ha llegado demasiado tarde",
            $"Por su seguridad, la pregunta de si permite el acceso solo está abierta durante {Exact(lifetime)}.", StartAgain);

        internal override RefusalText CodeTooLate => new(
            "Este inicio de sesión ha finalizado", "Usted respondió, pero el programa no recogió la respuesta a tiempo.", StartAgain);

        internal override RefusalText ConsentOfAnotherBrowser => new(
            OtherBrowser,
            "Solo puede responder en el navegador en el que se empezó el inicio de sesión, y solo hasta que caduque.", StartAgain);

        internal override RefusalText ForeignOrigin => new(
            "Esta respuesta viene de otra página",
            "Por su seguridad, solo se acepta una respuesta de la página que se la pidió.", StartAgain);

        internal override RefusalText FormTokenMissing => new(
            "No se ha podido verificar esta respuesta", "La página en la que ha respondido estaba incompleta o era demasiado antigua.",
            "Vuelva una página atrás, cárguela de nuevo y responda otra vez.");

        internal override RefusalText OrganizationMissing => new(
            "Elija una organización", "Pertenece a varias organizaciones y no ha elegido ninguna.",
            "Vuelva una página atrás, elija una y responda otra vez.");

        internal override RefusalText OrganizationUnknown => new(
            "No se puede elegir esta organización", "La página en la que ha respondido se ha modificado.",
            "Vuelva una página atrás, cárguela de nuevo y responda otra vez.");

        internal override RefusalText NoDecision => new(
            "No se ha dado ninguna respuesta", "La página en la que ha respondido no ha dicho si usted permite o rechaza.",
            "Vuelva una página atrás y pulse uno de los botones.");

        internal override RefusalText Framed => new(
            "Esta página no se puede mostrar dentro de otra página",
            "Por su seguridad, esta página solo se muestra en su propia ventana.", StartAgain);

        internal override RefusalText NotANavigation => new(
            "Esta página debe abrirse en una ventana",
            "Otra página ha cargado la dirección en segundo plano, como imagen o con un script.", StartAgain);

        internal override RefusalText Prefetched => new(
            "Esta página no se ha cargado por adelantado", "Esta dirección solo funciona si la abre usted mismo.", StartAgain);

        internal override RefusalText TooManyRequests(int seconds) => new(
            "Demasiadas solicitudes", "Desde su red han llegado muchas solicitudes en poco tiempo.", Wait(seconds));

        internal override RefusalText StorageAway => new(
            "Un momento", "El servicio de inicio de sesión no puede acceder a sus datos en este momento.",
            "Espere unos segundos y vuelva a cargar esta página. No se ha perdido nada.");

        internal override RefusalText StorageRefusesWrites => new(
            "Ahora mismo no se puede iniciar sesión",
            "El servicio de inicio de sesión no puede guardar nada en este momento. Lo que haga ahora no se conservaría.",
            "Inténtelo de nuevo más tarde. Si continúa, avise al responsable de este servicio. No se ha perdido nada.");

        internal override RefusalText NotFound => new(
            "No hay ninguna página en esta dirección",
            "Puede que la dirección esté mal escrita o que el enlace ya no sea actual.", StartAgain);

        internal override RefusalText InternalError => new(
            "Algo ha fallado aquí", "El servicio de inicio de sesión ha tenido un error. Ha quedado anotado.", StartAgain);

        internal override RefusalText UnreadableRequest => new(
            "Esta solicitud no se puede leer", "Su navegador ha enviado una solicitud dañada o demasiado grande.", StartAgain);

        private static string Exact(TimeSpan time) => Texts.Spanish.Amount(TimeAmount.Exact(time));

        private static string Wait(int seconds) =>
            $"Espere {Texts.Spanish.Amount(TimeAmount.Seconds(seconds))} y vuelva a cargar esta página.";
    }
}
