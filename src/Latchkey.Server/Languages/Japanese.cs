namespace Latchkey.Server.Languages;

internal abstract partial record Texts
{
    public sealed record Japanese : Texts
    {
        internal override RefusalTexts Refusals { get; } = new RefusalTexts.Japanese();
        internal override AccountTexts Account { get; } = new AccountTexts.Japanese();

        internal override string Footer => "Latchkey によるログイン";
        internal override string Privacy => "プライバシー";
        internal override string Help => "ヘルプ";
        internal override string Reference => "照会番号";
        internal override string Languages => "言語";
        internal override string ListSeparator => "、";
        internal override string SentenceSeparator => "";
        internal override string ThisDevice => "このデバイス";
        internal override string ProgramOnThisDevice => "このデバイスのプログラム";

        internal override Phrase WantsToUse(Slot client, Slot resource) => $"{client} が {resource} の使用を求めています";
        internal override Phrase ClaimedWantsToUse(Slot client, Slot resource) =>
            $"{client} と名乗るプログラムが {resource} の使用を求めています";
        internal override Phrase ProgramAt(Slot host) => $"{host} のプログラム";
        internal override Phrase ProgramDescribedAt(Slot host, Slot answer) =>
            $"{host} に説明があるプログラム。回答は {answer} に送られます";
        internal override Phrase ProgramOn(Slot device) => $"{device} のプログラム";
        internal override Phrase LocalProgramDescribedAt(Slot program, Slot host) => $"{program}（説明は {host} にあります）";
        internal override Phrase ProgramReachedThrough(Slot forwarder) => $"{forwarder} を経由する、このデバイスのプログラム";
        internal override Phrase ForwardedProgramDescribedAt(Slot forwarder, Slot host) =>
            $"{forwarder} を経由する、このデバイスのプログラム（説明は {host} にあります）";
        internal override Phrase AppOn(Slot device, Slot scheme) => $"{scheme} のリンクを開く、{device} のアプリ";
        internal override Phrase AppDescribedAt(Slot scheme, Slot host) =>
            $"{scheme} のリンクを開く、このデバイスのアプリ（説明は {host} にあります）";
        internal override string VouchedFor => "確認済み";
        internal override string DeviceWarning =>
            "回答は、このデバイスのプログラムに送られます。ご自身で今開始した場合にだけ許可してください。";
        internal override Phrase UnvouchedWarning(Slot host, bool isNamed) => isNamed
            ? (Phrase)($"このプログラムは確認されていません。名前は偽りかもしれません。回答は {host} に送られます。"
                + $"ご存じのプログラムの場合にだけ許可してください。")
            : (Phrase)($"このプログラムは確認されていません。回答は {host} に送られます。"
                + $"ご存じのプログラムの場合にだけ許可してください。");
        internal override string ImitationWarning =>
            "このプログラムの名前は、よく知られたプログラムの名前に似ているため、表示していません。";
        internal override string NameWarning =>
            "このプログラムの名前には、ほかの文字と間違えやすい文字があるため、表示していません。";
        internal override string SignedInAs => "ログイン中のアカウント";
        internal override string NotYou => "アカウントを切り替える";
        internal override string WillBeAbleTo => "プログラムができるようになること";
        internal override string MayUntick => "許可したくないもののチェックを外してください。";
        internal override string MustChoose => "許可するものにチェックを入れてください。";
        internal override string New => "新規";
        internal override string AlsoAsksTo => "さらに求めていること";
        internal override string TickSensitive => "慎重な判断が必要なものです。必要なものにだけチェックを入れてください。";
        internal override string WhichOrganization => "どの組織で使いますか？";
        internal override string ChooseOne => "1つ選んでください";
        internal override string OnlyLook => "見るだけ";
        internal override string WhatItAsksFor => "求められているものすべて";
        internal override string Choose => "選ぶ";
        internal override string ChooseOneByOne => "1つずつご自身でチェックを入れます。";
        internal override string OnlyHere => "慎重な判断が必要なものは、ここにだけあります。";
        internal override Phrase Remember(Slot client, Slot resource) =>
            $"{client} が {resource} に接続するとき、今後は確認しない";
        internal override Phrase UseEverything(Slot resource) => $"{resource} が提供するすべての機能を使う";

        internal override string Identity(string scope) => scope switch
        {
            "profile" => "名前、ユーザー名、写真、性別、言語を見る",
            "email" => "メールアドレスと、それが確認済みかどうかを見る",
            _ => "あなたが誰かを知る",
        };

        internal override Phrase AlsoLearn(Slot resource, Slot client, Slot claims) =>
            $"{resource} と {client} には次のことも伝わります：{claims}。";

        internal override string Claim(string claim, bool isEmail, bool canUntick) => claim switch
        {
            "sub" when isEmail => "使っているアカウント（メールアドレスがその名前です）",
            "sub" => "使っているアカウント",
            "auth_time" => "ログインした日時と方法",
            "email" => "メールアドレス",
            "name" => "名前",
            "org_id" => "所属する組織",
            "roles" => "役割",
            "groups" => "グループ",
            _ => "会社が追加するその他の情報",
        } + (canUntick ? "（チェックを外した場合を除く）" : "");

        internal override string EndsByItself(TimeSpan lifetime) =>
            $"アクセスは {Amount(TimeAmount.RoundedUp(lifetime))}後に自動的に終わります。その後、プログラムはもう一度確認する必要があります。";

        internal override string KeepsAccess(TimeSpan lifetime, TimeSpan idle) =>
            $"アクセスは会社が終了するまで続きます。最長で {Amount(TimeAmount.RoundedUp(lifetime))}です。"
            + (idle < lifetime ? $"プログラムが {Amount(TimeAmount.RoundedUp(idle))}間使わない場合は、それより早く終わります。" : "");

        internal override string Allow => "許可する";
        internal override string Deny => "拒否する";

        internal override string ForDevelopers => "開発者の方へ";
        internal override string TellReference => "お問い合わせの際は、この照会番号をお伝えください：";
        internal override string StartAgain => "最初からやり直す";
        internal override string GoBack => "プログラムに戻る";
        internal override Phrase LeadsTo(Slot host) => $"ボタンを押すと {host} に移動します。";
        internal override Phrase LeadsToDevice(Slot device) => $"ボタンを押すと {device} のプログラムに移動します。";
        internal override Phrase LeadsToApp(Slot scheme) =>
            $"ボタンを押すと、{scheme} で始まるリンクを開く、このデバイスのアプリが開きます。";
        internal override Phrase LeadsThrough(Slot forwarder) =>
            $"ボタンを押すと、{forwarder} を経由して、このデバイスのプログラムに移動します。";

        internal override string FinishedTitle => "接続しました";
        internal override Phrase Finished(Slot resource) =>
            $"プログラムに {resource} へのアクセスが許可されました。このウィンドウは閉じてかまいません。";
        internal override string OneMoment => "少しお待ちください";
        internal override string AnswerTravels => "回答をプログラムに送っています。何も起こらない場合は「続ける」を押してください。";
        internal override string Continue => "続ける";
        internal override string AnswerReady => "回答の準備ができました";
        internal override string AnswerWaits => "回答は、このデバイスのプログラムに送られます。プログラムは、ボタンを押したときにだけ開きます。";

        internal override string HomeTitle => "Latchkey は動作しています";
        internal override string HomeExplanation =>
            "このサーバーは、MCP サーバーに接続するプログラムへのログインを行います。"
            + "プログラムは、必要なときにこのサーバーのページを開きます。";
        internal override string ApiReference => "API リファレンス";
        internal override string ApiReferenceIs => "管理者とログインページ向け";
        internal override string State => "状態";
        internal override string StateIs => "監視用：サーバーが使えるかどうかと、問題の内容";
        internal override Phrase GuidesAre(Slot folder) => $"ガイドはプログラムに付属し、フォルダー {folder} にあります。";
        internal override string Version => "バージョン";

        internal static string Amount(TimeAmount amount) => amount.Unit switch
        {
            TimeUnit.Second => $"{amount.Digits} 秒",
            TimeUnit.Minute => $"{amount.Digits} 分",
            TimeUnit.Hour => $"{amount.Digits} 時間",
            _ => $"{amount.Digits} 日",
        };
    }
}
