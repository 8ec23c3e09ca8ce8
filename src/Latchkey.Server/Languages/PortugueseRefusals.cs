namespace Latchkey.Server.Languages;

public abstract partial record RefusalTexts
{
    public sealed record Portuguese : RefusalTexts
    {
        private const string StartAgain = "Volte ao programa de onde você veio e conecte-se de novo.";
        private const string StartAgainOrReport =
            "Volte ao programa de onde você veio e conecte-se de novo. Se isso acontecer de novo, envie a referência abaixo ao "
            + "suporte dele.";
        private const string NotAccepted = "Este serviço não aceita este programa";
        private const string NotVerified = "Não foi possível verificar este programa";
        private const string OtherBrowser = "Este login foi iniciado em outro navegador";
        private const string Over = "Este login terminou";
        private const string TryAgain = "Tente de novo";
        private const string MaybeTrick =
            "Se você mesmo não o iniciou, feche esta página. O link pode ter sido enviado para enganar você. Caso contrário, "
            + "conecte-se de novo e fique no mesmo navegador.";

        internal override RefusalText MissingClient => new(
            "Este link está incompleto", "O programa que enviou você para cá não disse qual programa ele é.", StartAgainOrReport);

        internal override RefusalText RepeatedClient => new(
            "Este link não é válido", "O programa que enviou você para cá informou sua identidade mais de uma vez.", StartAgainOrReport);

        internal override RefusalText UnknownClient => new(
            "Programa desconhecido",
            "O programa que enviou você para cá não está registrado, ou o registro dele foi removido.", StartAgainOrReport);

        internal override RefusalText RepeatedRedirectUri => new(
            "Este link não é válido", "O programa que enviou você para cá informou seu endereço mais de uma vez.", StartAgainOrReport);

        internal override RefusalText MissingRedirectUri => new(
            "Este link está incompleto", "O programa que enviou você para cá não disse para onde você deve voltar.", StartAgainOrReport);

        internal override RefusalText UnregisteredRedirectUri => new(
            "O endereço deste programa não está registrado",
            "O programa quer levar você de volta a um endereço que ele não registrou. Ele foi interrompido aqui.", StartAgainOrReport);

        internal override RefusalText RedirectUriNotAllowed => new(
            "O endereço deste programa não é permitido",
            "O programa quer levar você de volta a um endereço que este serviço não permite. Ele foi interrompido aqui.",
            StartAgainOrReport);

        internal override RefusalText ClientOfAnotherResource => new(
            "Este programa está registrado para outro serviço",
            "O programa que enviou você para cá está registrado para outro serviço e só funciona lá.", StartAgainOrReport);

        internal override RefusalText ClientNotAdded => new(
            NotAccepted, "O serviço que você quer acessar só aceita programas que o responsável por ele adicionou.",
            "Peça ao responsável pelo serviço que adicione o programa.");

        internal override RefusalText ClientNotApproved => new(
            NotAccepted, "O serviço que você quer acessar só aceita programas que o responsável por ele aprovou.",
            "Peça ao responsável pelo serviço que aprove o programa.");

        internal override RefusalText NoConnection => new(
            "O login não está configurado",
            "O serviço que você quer acessar ainda não tem uma página de login.", "Peça ao responsável pelo serviço que a configure.");

        internal override RefusalText TooManySignIns(int seconds) => new(
            "Logins demais", "Muitos logins foram iniciados a partir da sua rede em pouco tempo.", Wait(seconds));

        internal override RefusalText TooManySignInsOfServer(int seconds) => new(
            "Logins demais", "Muitos logins foram iniciados neste serviço em pouco tempo.", Wait(seconds));

        internal override RefusalText StateTooLong => new(
            "Este link é longo demais", "O programa que enviou você para cá colocou dados demais no link.", StartAgainOrReport);

        internal override RefusalText UnknownResource => new(
            "Serviço desconhecido", "O endereço para o qual você foi enviado não pertence a nenhum serviço.", StartAgainOrReport);

        internal override RefusalText UnreadableParameters => new(
            "Este pedido não é válido", "O programa que enviou você para cá fez um pedido em um formato desconhecido.", StartAgainOrReport);

        internal override RefusalText UnknownRequestUri => new(
            "Este link só funciona uma vez", "O link já foi usado, é antigo demais ou pertence a outro programa.", StartAgain);

        internal override RefusalText SignInRequired => new(
            "Você precisa fazer login",
            "O programa que enviou você para cá pediu acesso sem mostrar uma página a você. Isso não é possível. Ele não recebeu acesso.",
            "Você pode voltar ao programa. Ele será informado de que você precisa fazer login.");

        internal override RefusalText ClientMistake => new(
            "Este programa fez um pedido que não é válido",
            "O programa que enviou você para cá cometeu um erro. Ele não recebeu acesso a nada.",
            "Você pode voltar ao programa. Ele será informado do que está errado.");

        internal override RefusalText ClientBlocked => new(
            "Este programa está bloqueado",
            "O responsável pelo serviço bloqueou este programa.", "Se você precisa deste programa, fale com o responsável pelo serviço.");

        internal override RefusalText TooManyFetchesAtOnce => new(
            TryAgain,
            "O servidor está verificando programas novos demais neste momento.", "Espere alguns segundos e recarregue esta página.");

        internal override RefusalText TooManyFetches(int seconds) => new(
            TryAgain, "Muitos programas novos foram usados a partir da sua rede em pouco tempo.", Wait(seconds));

        internal override RefusalText TooManyFetchesOfServer(int seconds) => new(
            TryAgain, "Muitos programas novos foram usados neste serviço em pouco tempo.", Wait(seconds));

        internal override RefusalText DocumentHostNotAccepted(Slot host) => new(
            NotAccepted,
            $"O serviço que você quer acessar não aceita programas de {host}.", "Peça ao responsável pelo serviço que aceite o programa.");

        internal override RefusalText DocumentUnavailable => new(
            NotVerified, "Não foi possível ler a descrição que o programa publica na internet.", StartAgainOrReport);

        internal override RefusalText DocumentUnavailableAt(Slot url) => new(
            NotVerified, $"Não foi possível ler a descrição que o programa publica em {url}.", StartAgainOrReport);

        internal override RefusalText DocumentUnreachable(Slot url) => new(
            NotVerified,
            $"Não foi possível ler a descrição que o programa publica em {url}. Este servidor não consegue acessar a internet.",
            StartAgainOrReport);

        internal override RefusalText DocumentInvalid => new(
            NotVerified, "A descrição que o programa publica na internet não é válida.", StartAgainOrReport);

        internal override RefusalText UnknownConnection => new(
            "Endereço desconhecido", "A página de login levou você de volta a um endereço que não existe.", StartAgain);

        internal override RefusalText UnknownState => new(
            "Login desconhecido", "O link está incompleto, foi alterado ou pertence a um login que terminou há muito tempo.", StartAgain);

        internal override RefusalText ForeignBrowser => new(
            OtherBrowser,
            "Para a sua segurança, um login precisa ser concluído no navegador em que foi iniciado. Este foi iniciado em outro "
            + "navegador, por isso nada aconteceu aqui.",
            MaybeTrick);

        internal override RefusalText ForeignBrowserStopped => new(
            OtherBrowser,
            "Para a sua segurança, um login precisa ser concluído no navegador em que foi iniciado. Este foi iniciado em outro "
            + "navegador, por isso foi interrompido.",
            MaybeTrick);

        internal override RefusalText ForeignBrowserLate => new(
            Over, "O login de onde você voltou demorou demais ou foi iniciado em outro navegador.", StartAgain);

        internal override RefusalText NotReported => new(
            "O login não foi concluído", "A página de login trouxe você de volta antes de informar quem você é.", StartAgain);

        internal override RefusalText ProofMissing => new(
            "Não foi possível confirmar o login",
            "A página de login trouxe você de volta sem a confirmação necessária, por isso o login foi interrompido.", StartAgain);

        internal override RefusalText NotSignedIn => new(
            "Seu login não foi feito", "A página de login não fez o seu login, por isso o programa não recebeu acesso.",
            "Você pode voltar ao programa. Ele será informado de que o seu login não foi feito.");

        internal override RefusalText NoLongerOffered => new(
            "Este pedido não vale mais", "O programa ou o serviço foi alterado ou removido enquanto você fazia login.", StartAgain);

        internal override RefusalText ConnectionDisabled => new(
            "Esta página de login não é mais usada", "O serviço que você quer acessar não usa mais a página de login de onde você veio.",
            "Conecte-se de novo ou fale com o responsável pelo serviço.");

        internal override RefusalText SignInOver => new(Over, "Ele foi interrompido antes, e nenhum acesso foi permitido.", StartAgain);

        internal override RefusalText LoginTooLate(TimeSpan lifetime) => new(
            "Este login demorou demais",
            $"Para a sua segurança, você tem {Exact(lifetime)} para fazer login na página de login.", StartAgain);

        internal override RefusalText ReturnTooLate => new(
            "Você voltou tarde demais", "Você fez login, mas depois demorou demais para voltar para cá.", StartAgain);

        internal override RefusalText ConsentTooLate(TimeSpan lifetime) => new(
            "Sua resposta chegou tarde demais",
            $"Para a sua segurança, a pergunta se você permite o acesso fica aberta por apenas {Exact(lifetime)}.", StartAgain);

        internal override RefusalText CodeTooLate => new(
            "Este login foi concluído", "Você respondeu, mas o programa não buscou a resposta a tempo.", StartAgain);

        internal override RefusalText ConsentOfAnotherBrowser => new(
            OtherBrowser, "Você só pode responder no navegador em que o login foi iniciado, e só até ele expirar.", StartAgain);

        internal override RefusalText ForeignOrigin => new(
            "Esta resposta veio de outra página", "Para a sua segurança, uma resposta só é aceita da página que a pediu.", StartAgain);

        internal override RefusalText FormTokenMissing => new(
            "Não foi possível verificar esta resposta",
            "A página em que você respondeu estava incompleta ou era antiga demais.", "Volte uma página, recarregue-a e responda de novo.");

        internal override RefusalText OrganizationMissing => new(
            "Escolha uma organização", "Você pertence a várias organizações e não escolheu nenhuma.",
            "Volte uma página, escolha uma e responda de novo.");

        internal override RefusalText OrganizationUnknown => new(
            "Não é possível escolher esta organização", "A página em que você respondeu foi alterada.",
            "Volte uma página, recarregue-a e responda de novo.");

        internal override RefusalText NoDecision => new(
            "Nenhuma resposta foi dada",
            "A página em que você respondeu não disse se você permite ou recusa.", "Volte uma página e pressione um dos botões.");

        internal override RefusalText Framed => new(
            "Esta página não pode ser mostrada dentro de outra página",
            "Para a sua segurança, esta página só é mostrada em sua própria janela.", StartAgain);

        internal override RefusalText NotANavigation => new(
            "Esta página precisa ser aberta em uma janela",
            "O endereço foi carregado em segundo plano por outra página, como imagem ou por um script.", StartAgain);

        internal override RefusalText Prefetched => new(
            "Esta página não foi carregada com antecedência", "Este endereço só funciona quando você mesmo o abre.", StartAgain);

        internal override RefusalText TooManyRequests(int seconds) => new(
            "Pedidos demais", "Muitos pedidos vieram da sua rede em pouco tempo.", Wait(seconds));

        internal override RefusalText StorageAway => new(
            "Um momento", "O serviço de login não consegue acessar seus dados agora.",
            "Espere alguns segundos e recarregue esta página. Nada foi perdido.");

        internal override RefusalText StorageRefusesWrites => new(
            "O login não é possível agora",
            "O serviço de login não consegue salvar nada no momento. O que você fizer agora não será mantido.",
            "Tente de novo mais tarde. Se continuar, avise o responsável por este serviço. Nada foi perdido.");

        internal override RefusalText NotFound => new(
            "Não há nenhuma página neste endereço", "O endereço pode estar escrito errado, ou o link está desatualizado.", StartAgain);

        internal override RefusalText InternalError => new(
            "Algo deu errado aqui", "O serviço de login teve um erro. Ele foi registrado.", StartAgain);

        internal override RefusalText UnreadableRequest => new(
            "Não é possível ler este pedido", "Seu navegador enviou um pedido danificado ou grande demais.", StartAgain);

        private static string Exact(TimeSpan time) => Texts.Portuguese.Amount(TimeAmount.Exact(time));

        private static string Wait(int seconds) =>
            $"Espere {Texts.Portuguese.Amount(TimeAmount.Seconds(seconds))} e recarregue esta página.";
    }
}
