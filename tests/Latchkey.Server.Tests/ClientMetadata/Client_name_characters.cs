using Latchkey.Server.Clients;

namespace Latchkey.Server.Tests.ClientMetadata;

/// <summary>Names of strangers are shown by a rule of what is allowed: letters of one script besides Latin, digits, punctuation.</summary>
public sealed class Client_name_characters
{
    [Theory]
    [InlineData("Inspector")]
    [InlineData("Claude Code (notes: work)")]
    [InlineData("mcp-remote 0.1.2")]
    [InlineData("Visual Studio Code")]
    [InlineData("Größe & Café")]
    [InlineData("Trợ lý ghi chú")]
    [InlineData("Заметки 2")]
    [InlineData("Σημειώσεις")]
    [InlineData("Նոթեր")]
    [InlineData("東京メモ")]
    [InlineData("AIアシスタント")]
    [InlineData("NotionのメモApp")]
    [InlineData("메모 Notes")]
    [InlineData("ملاحظات Notes")]
    [InlineData("הערות Notes")]
    [InlineData("नोट्स Notes")]
    [InlineData("บันทึก Notes")]
    public void A_name_of_one_script_beside_Latin_is_shown(string name) => Assert.True(ClientNames.CanBeShown(name));

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("...")]
    [InlineData("Сlаudе")]
    [InlineData("Сhat GPT")]
    [InlineData("Notes Заметки")]
    [InlineData("Claυde")]
    [InlineData("Claude Ω")]
    [InlineData("Cla\u057dde")]
    [InlineData("\u13df\u13de\u13aa")]
    [InlineData("\ud835\uddd6\ud835\uddf9\ud835\uddee\ud835\ude02\ud835\uddf1\ud835\uddf2")]
    [InlineData("\u217dlaude")]
    [InlineData("Cl\u0251ude")]
    [InlineData("\u1d04\u029f\u1d00\u1d1c\u1d05\u1d07")]
    [InlineData("Cla\u1160ude")]
    [InlineData("\u3164\u3164")]
    [InlineData("\u2800\u2800")]
    [InlineData("C\udb40\udc20laude")]
    [InlineData("\uff23\uff4c\uff41\uff55\uff44\uff45")]
    [InlineData("Notes\u0338\u0336\u20dd\u20e3\u0338\u0336\u20dd\u20e3")]
    [InlineData("e\u0301")]
    [InlineData("\u0938\u094d\u094d\u094d")]
    [InlineData("\u094dNotes")]
    [InlineData("A\u202eB")]
    [InlineData("A\u200bB")]
    [InlineData("A\u00a0B")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("C|aude")]
    [InlineData("C!aude")]
    [InlineData("Claude\u2713")]
    [InlineData("Claude \ud83d\udd12")]
    [InlineData("\u1004laude")]
    [InlineData("Cl\u0e1ade")]
    [InlineData("東京 Заметки")]
    [InlineData("ملاحظات הערות")]
    public void A_name_with_other_characters_or_mixed_scripts_is_not_shown(string name) => Assert.False(ClientNames.CanBeShown(name));

    /// <summary>Names that the rule lets through, but that look like a name of the catalogue.</summary>
    [Theory]
    [InlineData("Ḉlaüdé")]
    [InlineData("Clạudẹ")]
    [InlineData("匚ㄥ卂凵de")]
    [InlineData("匚laude")]
    [InlineData("C丨aude")]
    [InlineData("Claude のメモ")]
    public void A_showable_name_that_looks_like_a_known_client_is_an_imitation(string name) => Assert.Equal(
        "Claude", KnownClients.Load(file: null).Imitated(name, documentId: null, "https://evil.example/callback"));
}
