namespace Latchkey.Server.Languages;

internal abstract partial record AccountTexts
{
    public sealed record Portuguese : AccountTexts
    {
        internal override string Title => "Programas conectados";
        internal override string Empty => "Nenhum programa está conectado. Quando você permitir um, ele aparecerá aqui.";
        internal override string OnYourDevice => "no seu dispositivo";
        internal override string Uses => "Usa";
        internal override string MayDo => "Ele pode";
        internal override string Organization => "Organização";
        internal override Phrase Since(Slot date) => $"Conectado desde {date}";
        internal override Phrase LastUsed(Slot date) => $"Último uso: {date}";
        internal override string StaysConnected => "Ele continua conectado até você ou sua empresa encerrar.";
        internal override Phrase EndsOn(Slot date) => $"Ele termina sozinho em {date}.";
        internal override string OnlyNewest => "Só são mostrados os programas usados por último.";
        internal override string Disconnect => "Desconectar";
        internal override string Change => "Mudar o que ele pode fazer";
        internal override string Unknown => "Há algo aqui que não conheço";
        internal override string DisconnectAll => "Desconectar todos";
        internal override string SignOut => "Sair";
        internal override string EndedTitle => "Não mais conectados";
        internal override Phrase EndedOn(Slot date) => $"Terminou em {date}";
        internal override string RememberedTitle => "Conecta-se sem perguntar";
        internal override Phrase Remembered(Slot program, Slot server) => $"{program} se conecta a {server} sem perguntar a você.";
        internal override string AskAgain => "Perguntar de novo";
        internal override Phrase ChangeTitle(Slot program) => $"O que {program} pode fazer?";
        internal override string ChangeExplanation =>
            "Desmarque o que ele não deve mais fazer. Para permitir mais, conecte-se de novo no programa.";
        internal override string NothingLeft => "Deixe pelo menos um item marcado. Para retirar tudo, desconecte o programa.";
        internal override string Save => "Salvar";
        internal override string Cancel => "Cancelar";
        internal override Phrase DisconnectTitle(Slot program) => $"Desconectar {program}?";
        internal override Phrase DisconnectExplanation(Slot program, Slot server, TimeSpan tail) =>
            $"{program} perde na hora o acesso a {server}; por até {Exact(tail)} ele ainda pode terminar o que começou.";
        internal override string DisconnectAllTitle => "Desconectar todos os programas?";
        internal override string DisconnectAllExplanation(int programs, TimeSpan tail) =>
            programs == 1
                ? $"Um programa perde o acesso na hora; por até {Exact(tail)} ele ainda pode terminar o que começou."
                : $"{Number(programs)} programas perdem o acesso na hora; por até {Exact(tail)} eles ainda podem terminar o que começaram.";
        internal override Phrase UnknownTitle(Slot program) => $"Você não conhece {program}?";
        internal override Phrase UnknownExplanation(Slot program) =>
            $"{program} é desconectado na hora. O fato de você não o conhecer fica registrado para o responsável por este serviço.";
        internal override string UnknownButton => "Desconectar e avisar";
        internal override Phrase Disconnected(Slot program) => $"{program} está desconectado";
        internal override string BackToList => "Voltar à lista";
        internal override Phrase AskSupport(Slot contact) => $"Pergunte a {contact} o que aconteceu.";
        internal override string AskCompany => "Pergunte ao suporte da sua empresa o que aconteceu.";
        internal override string ChooseTitle => "Qual serviço?";
        internal override string ChooseExplanation => "Escolha o serviço cujos programas você quer ver. Você faz login na página dele.";
        internal override AccountMessage NotOffered => new(
            "Esta página não é oferecida aqui", "Sua empresa mostra os programas conectados na própria página de conta.");
        internal override AccountMessage SignedOut => new("Você saiu", "Você pode fechar esta janela.");
        internal override AccountMessage SignInAgain => new(
            "Faça login de novo", "Sua sessão terminou depois de um tempo, e nada foi alterado.");
        internal override AccountMessage NoSuchProgram => new("Este programa não existe", "Ele não está na sua lista, ou não está mais.");
        internal override AccountMessage FormRefused => new(
            "Esta resposta não foi aceita", "Ela veio de outra página, ou de uma página antiga demais. Nada foi alterado.");
        internal override string SignIn => "Fazer login";

        internal override string Date(DateTimeOffset time) =>
            $"{time.UtcDateTime.Day} de {Months[time.UtcDateTime.Month - 1]} de {time.UtcDateTime.Year}";

        private static readonly string[] Months =
        [
            "janeiro", "fevereiro", "março", "abril", "maio", "junho",
            "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
        ];

        private static string Exact(TimeSpan time) => Texts.Portuguese.Amount(TimeAmount.Exact(time));

        private static string Number(int count) => TimeAmount.DigitsOf(count);
    }
}
