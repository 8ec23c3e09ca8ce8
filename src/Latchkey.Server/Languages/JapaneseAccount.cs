namespace Latchkey.Server.Languages;

internal abstract partial record AccountTexts
{
    public sealed record Japanese : AccountTexts
    {
        internal override string Title => "接続中のプログラム";
        internal override string Empty => "接続中のプログラムはありません。許可すると、ここに表示されます。";
        internal override string OnYourDevice => "お使いのデバイス";
        internal override string Uses => "使用先";
        internal override string MayDo => "できること";
        internal override string Organization => "組織";
        internal override Phrase Since(Slot date) => $"接続日：{date}";
        internal override Phrase LastUsed(Slot date) => $"最後の使用：{date}";
        internal override string StaysConnected => "ご自身または会社が終了するまで、接続が続きます。";
        internal override Phrase EndsOn(Slot date) => $"{date}に自動的に終わります。";
        internal override string OnlyNewest => "最近使われたプログラムだけを表示しています。";
        internal override string Disconnect => "切断する";
        internal override string Change => "できることを変更する";
        internal override string Unknown => "心当たりのないものがある";
        internal override string DisconnectAll => "すべて切断する";
        internal override string SignOut => "ログアウトする";
        internal override string EndedTitle => "接続が終わったプログラム";
        internal override Phrase EndedOn(Slot date) => $"終了日：{date}";
        internal override string RememberedTitle => "確認なしで接続";
        internal override Phrase Remembered(Slot program, Slot server) => $"{program} は、確認なしで {server} に接続します。";
        internal override string AskAgain => "次回から確認する";
        internal override Phrase ChangeTitle(Slot program) => $"{program} ができること";
        internal override string ChangeExplanation => "今後できないようにするもののチェックを外してください。追加で許可するには、プログラムでもう一度接続してください。";
        internal override string NothingLeft => "1つ以上チェックを残してください。すべて取り消すには、プログラムを切断してください。";
        internal override string Save => "保存する";
        internal override string Cancel => "キャンセル";
        internal override Phrase DisconnectTitle(Slot program) => $"{program} を切断しますか？";
        internal override Phrase DisconnectExplanation(Slot program, Slot server, TimeSpan tail) =>
            $"{program} は、すぐに {server} を使えなくなります。ただし、最長で {Exact(tail)}間は、始めた処理を終えることがあります。";
        internal override string DisconnectAllTitle => "すべてのプログラムを切断しますか？";
        internal override string DisconnectAllExplanation(int programs, TimeSpan tail) =>
            $"{Number(programs)} 個のプログラムが、すぐに使えなくなります。ただし、最長で {Exact(tail)}間は、始めた処理を終えることがあります。";
        internal override Phrase UnknownTitle(Slot program) => $"{program} に心当たりがありませんか？";
        internal override Phrase UnknownExplanation(Slot program) => $"{program} はすぐに切断されます。心当たりがないことは、このサービスの管理者のために記録されます。";
        internal override string UnknownButton => "切断して報告する";
        internal override Phrase Disconnected(Slot program) => $"{program} を切断しました";
        internal override string BackToList => "一覧に戻る";
        internal override Phrase AskSupport(Slot contact) => $"何が起きたかを {contact} に問い合わせてください。";
        internal override string AskCompany => "何が起きたかを会社のサポートに問い合わせてください。";
        internal override string ChooseTitle => "どのサービスですか？";
        internal override string ChooseExplanation => "プログラムを確認したいサービスを選んでください。そのサービスのページでログインします。";
        internal override AccountMessage NotOffered => new("このページはここでは提供されていません", "接続中のプログラムは、会社のアカウントページに表示されます。");
        internal override AccountMessage SignedOut => new("ログアウトしました", "このウィンドウは閉じてかまいません。");
        internal override AccountMessage SignInAgain => new("もう一度ログインしてください", "時間がたったため、ログアウトしました。何も変更されていません。");
        internal override AccountMessage NoSuchProgram => new("このプログラムはありません", "一覧にないか、すでになくなっています。");
        internal override AccountMessage FormRefused => new("この回答は受け付けられませんでした", "別のページ、または古すぎるページから送られました。何も変更されていません。");
        internal override string SignIn => "ログインする";

        internal override string Date(DateTimeOffset time) =>
            $"{time.UtcDateTime.Year}年{time.UtcDateTime.Month}月{time.UtcDateTime.Day}日";

        private static string Exact(TimeSpan time) => Texts.Japanese.Amount(TimeAmount.Exact(time));

        private static string Number(int count) => TimeAmount.DigitsOf(count);
    }
}
