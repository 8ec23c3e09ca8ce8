namespace Latchkey.Server.Languages;

public abstract partial record RefusalTexts
{
    public sealed record Japanese : RefusalTexts
    {
        private const string StartAgain = "元のプログラムに戻り、もう一度接続してください。";
        private const string StartAgainOrReport = "元のプログラムに戻り、もう一度接続してください。同じことが続く場合は、下の照会番号をプログラムのサポートに送ってください。";
        private const string NotAccepted = "このサービスはこのプログラムを受け入れません";
        private const string NotVerified = "このプログラムを確認できませんでした";
        private const string OtherBrowser = "このログインは別のブラウザーで開始されました";
        private const string Over = "このログインは終了しました";
        private const string TryAgain = "もう一度お試しください";
        private const string MaybeTrick = "ご自身で開始していない場合は、このページを閉じてください。だます目的で送られたリンクかもしれません。ご自身で開始した場合は、もう一度接続し、同じブラウザーを使い続けてください。";

        internal override RefusalText MissingClient => new("このリンクは不完全です", "ここへ移動させたプログラムが、どのプログラムかを示していません。", StartAgainOrReport);

        internal override RefusalText RepeatedClient => new("このリンクは無効です", "ここへ移動させたプログラムが、自分が何かを2回以上示しました。", StartAgainOrReport);

        internal override RefusalText UnknownClient => new("不明なプログラムです", "ここへ移動させたプログラムは登録されていないか、登録が削除されています。", StartAgainOrReport);

        internal override RefusalText RepeatedRedirectUri => new("このリンクは無効です", "ここへ移動させたプログラムが、自分のアドレスを2回以上示しました。", StartAgainOrReport);

        internal override RefusalText MissingRedirectUri => new("このリンクは不完全です", "ここへ移動させたプログラムが、戻り先を示していません。", StartAgainOrReport);

        internal override RefusalText UnregisteredRedirectUri => new(
            "このプログラムのアドレスは登録されていません", "プログラムが、登録していないアドレスへ戻そうとしています。そのため、ここで止めました。", StartAgainOrReport);

        internal override RefusalText RedirectUriNotAllowed => new(
            "このプログラムのアドレスは許可されていません", "プログラムが、このサービスで許可されていないアドレスへ戻そうとしています。そのため、ここで止めました。", StartAgainOrReport);

        internal override RefusalText ClientOfAnotherResource => new(
            "このプログラムは別のサービスに登録されています", "ここへ移動させたプログラムは別のサービスに登録されていて、そこでしか使えません。", StartAgainOrReport);

        internal override RefusalText ClientNotAdded => new(
            NotAccepted, "接続先のサービスは、管理者が追加したプログラムだけを受け入れます。", "プログラムの追加をサービスの管理者に依頼してください。");

        internal override RefusalText ClientNotApproved => new(
            NotAccepted, "接続先のサービスは、管理者が承認したプログラムだけを受け入れます。", "プログラムの承認をサービスの管理者に依頼してください。");

        internal override RefusalText NoConnection => new("ログインが設定されていません", "接続先のサービスには、まだログインページがありません。", "設定をサービスの管理者に依頼してください。");

        internal override RefusalText TooManySignIns(int seconds) => new("ログインが多すぎます", "お使いのネットワークから、短時間に多くのログインが開始されました。", Wait(seconds));

        internal override RefusalText TooManySignInsOfServer(int seconds) => new(
            "ログインが多すぎます", "このサービスで、短時間に多くのログインが開始されました。", Wait(seconds));

        internal override RefusalText StateTooLong => new("このリンクは長すぎます", "ここへ移動させたプログラムが、リンクに付けたデータが多すぎます。", StartAgainOrReport);

        internal override RefusalText UnknownResource => new("不明なサービスです", "移動先のアドレスは、どのサービスのものでもありません。", StartAgainOrReport);

        internal override RefusalText UnreadableParameters => new("この要求は無効です", "ここへ移動させたプログラムが、不明な形式の要求を送りました。", StartAgainOrReport);

        internal override RefusalText UnknownRequestUri => new("このリンクは1回しか使えません", "リンクはすでに使われたか、古すぎるか、別のプログラムのものです。", StartAgain);

        internal override RefusalText SignInRequired => new(
            "ログインが必要です", "ここへ移動させたプログラムが、ページを表示せずにアクセスを求めました。これはできません。アクセスは許可されませんでした。", "プログラムに戻ることができます。ログインが必要なことがプログラムに伝わります。");

        internal override RefusalText ClientMistake => new(
            "このプログラムは無効な要求を送りました", "ここへ移動させたプログラムに誤りがありました。何へのアクセスも許可されませんでした。", "プログラムに戻ることができます。何が間違っているかがプログラムに伝わります。");

        internal override RefusalText ClientBlocked => new(
            "このプログラムはブロックされています", "サービスの管理者がこのプログラムをブロックしました。", "このプログラムが必要な場合は、サービスの管理者に問い合わせてください。");

        internal override RefusalText TooManyFetchesAtOnce => new(TryAgain, "サーバーは現在、多くの新しいプログラムを確認しています。", "数秒待ってから、このページを再読み込みしてください。");

        internal override RefusalText TooManyFetches(int seconds) => new(TryAgain, "お使いのネットワークから、短時間に多くの新しいプログラムが使われました。", Wait(seconds));

        internal override RefusalText TooManyFetchesOfServer(int seconds) => new(
            TryAgain, "このサービスで、短時間に多くの新しいプログラムが使われました。", Wait(seconds));

        internal override RefusalText DocumentHostNotAccepted(Slot host) => new(
            NotAccepted, $"接続先のサービスは、{host} のプログラムを受け入れません。", "プログラムの受け入れをサービスの管理者に依頼してください。");

        internal override RefusalText DocumentUnavailable => new(NotVerified, "プログラムがインターネットで公開している説明を読み込めませんでした。", StartAgainOrReport);

        internal override RefusalText DocumentUnavailableAt(Slot url) => new(
            NotVerified, $"プログラムが {url} で公開している説明を読み込めませんでした。", StartAgainOrReport);

        internal override RefusalText DocumentUnreachable(Slot url) => new(
            NotVerified, $"プログラムが {url} で公開している説明を読み込めませんでした。このサーバーはインターネットに接続できません。", StartAgainOrReport);

        internal override RefusalText DocumentInvalid => new(NotVerified, "プログラムがインターネットで公開している説明は無効です。", StartAgainOrReport);

        internal override RefusalText UnknownConnection => new("不明なアドレスです", "ログインページが、存在しないアドレスへ戻しました。", StartAgain);

        internal override RefusalText UnknownState => new("不明なログインです", "リンクは不完全か、変更されたか、ずっと前に終わったログインのものです。", StartAgain);

        internal override RefusalText ForeignBrowser => new(
            OtherBrowser, "安全のため、ログインは開始したブラウザーで完了する必要があります。このログインは別のブラウザーで開始されたため、ここでは何も行われませんでした。", MaybeTrick);

        internal override RefusalText ForeignBrowserStopped => new(
            OtherBrowser, "安全のため、ログインは開始したブラウザーで完了する必要があります。このログインは別のブラウザーで開始されたため、中止されました。", MaybeTrick);

        internal override RefusalText ForeignBrowserLate => new(Over, "戻る前のログインは、時間がかかりすぎたか、別のブラウザーで開始されました。", StartAgain);

        internal override RefusalText NotReported => new("ログインが完了していません", "ログインページが、あなたが誰かを伝える前に、ここへ戻しました。", StartAgain);

        internal override RefusalText ProofMissing => new("ログインを確認できませんでした", "ログインページが、必要な確認なしにここへ戻したため、ログインは中止されました。", StartAgain);

        internal override RefusalText NotSignedIn => new(
            "ログインできませんでした", "ログインページでログインできなかったため、プログラムにアクセスは許可されませんでした。", "プログラムに戻ることができます。ログインできなかったことがプログラムに伝わります。");

        internal override RefusalText NoLongerOffered => new("この要求は無効になりました", "ログインしている間に、プログラムまたはサービスが変更されたか、削除されました。", StartAgain);

        internal override RefusalText ConnectionDisabled => new(
            "このログインページは使われなくなりました", "接続先のサービスは、今のログインページを使わなくなりました。", "もう一度接続するか、サービスの管理者に問い合わせてください。");

        internal override RefusalText SignInOver => new(Over, "このログインは前に中止され、アクセスは許可されませんでした。", StartAgain);

        internal override RefusalText LoginTooLate(TimeSpan lifetime) => new(
            "ログインに時間がかかりすぎました", $"安全のため、ログインページでのログインは {Exact(lifetime)}以内に行う必要があります。", StartAgain);

        internal override RefusalText ReturnTooLate => new("戻るのが遅すぎました", "ログインはできましたが、その後ここへ戻るまでに時間がかかりすぎました。", StartAgain);

        internal override RefusalText ConsentTooLate(TimeSpan lifetime) => new(
            "回答が遅すぎました", $"安全のため、アクセスを許可するかどうかの質問には {Exact(lifetime)}以内に答える必要があります。", StartAgain);

        internal override RefusalText CodeTooLate => new("このログインは完了しました", "回答は受け取りましたが、プログラムが時間内に回答を受け取りに来ませんでした。", StartAgain);

        internal override RefusalText ConsentOfAnotherBrowser => new(OtherBrowser, "回答できるのは、ログインを開始したブラウザーで、期限が切れる前だけです。", StartAgain);

        internal override RefusalText ForeignOrigin => new("この回答は別のページから送られました", "安全のため、回答は質問したページからだけ受け付けます。", StartAgain);

        internal override RefusalText FormTokenMissing => new("この回答を確認できませんでした", "回答したページは、不完全か、古すぎます。", "前のページに戻り、再読み込みして、もう一度回答してください。");

        internal override RefusalText OrganizationMissing => new(
            "組織を選んでください", "複数の組織に所属していますが、どれも選ばれていません。", "前のページに戻り、1つ選んで、もう一度回答してください。");

        internal override RefusalText OrganizationUnknown => new("この組織は選べません", "回答したページが変更されています。", "前のページに戻り、再読み込みして、もう一度回答してください。");

        internal override RefusalText NoDecision => new("回答がありません", "回答したページが、許可するか拒否するかを示していません。", "前のページに戻り、ボタンのどちらかを押してください。");

        internal override RefusalText Framed => new("このページは別のページの中には表示できません", "安全のため、このページは専用のウィンドウにだけ表示されます。", StartAgain);

        internal override RefusalText NotANavigation => new(
            "このページはウィンドウで開く必要があります", "このアドレスは、別のページによって、画像として、またはスクリプトで、裏側で読み込まれました。", StartAgain);

        internal override RefusalText Prefetched => new("このページは事前に読み込まれませんでした", "このアドレスは、ご自身で開いたときにだけ使えます。", StartAgain);

        internal override RefusalText TooManyRequests(int seconds) => new("要求が多すぎます", "お使いのネットワークから、短時間に多くの要求がありました。", Wait(seconds));

        internal override RefusalText StorageAway => new(
            "少しお待ちください", "ログインのサービスは現在、データの保存先に接続できません。", "数秒待ってから、このページを再読み込みしてください。失われたものはありません。");

        internal override RefusalText StorageRefusesWrites => new(
            "現在、ログインできません", "ログインのサービスは現在、何も保存できません。今行った操作は残りません。", "後でもう一度お試しください。続く場合は、このサービスの管理者に知らせてください。失われたものはありません。");

        internal override RefusalText NotFound => new("このアドレスにページはありません", "アドレスが間違っているか、リンクが古くなっている可能性があります。", StartAgain);

        internal override RefusalText InternalError => new("ここで問題が発生しました", "ログインのサービスでエラーが発生しました。エラーは記録されました。", StartAgain);

        internal override RefusalText UnreadableRequest => new("この要求を読み取れません", "ブラウザーが送った要求が壊れているか、大きすぎます。", StartAgain);

        private static string Exact(TimeSpan time) => Texts.Japanese.Amount(TimeAmount.Exact(time));

        private static string Wait(int seconds) => $"{Texts.Japanese.Amount(TimeAmount.Seconds(seconds))}待ってから、このページを再読み込みしてください。";
    }
}
