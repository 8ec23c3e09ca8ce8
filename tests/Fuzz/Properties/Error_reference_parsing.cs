using CsCheck;
using Latchkey.Server.OAuth;
using Latchkey.Server.SignIns;

namespace Fuzz.Properties;

public sealed class Error_reference_parsing
{
    private static readonly Gen<string> Reference = Gen.Bool.Select(_ => SignInReference.Of(AuthorizationId.New()));

    [Fact]
    public void A_reference_is_recognized_in_any_spelling_that_a_user_types() =>
        Gen.Select(Reference, Gen.Bool, Gen.Bool, Gen.OneOf("", " ", "\t", "\n"), Gen.Int[0, 2]).Sample(
            (reference, lower, dashless, space, misread) =>
            {
                var typed = dashless ? reference.Replace("-", "", StringComparison.Ordinal) : reference;
                typed = misread switch
                {
                    1 => typed.Replace('0', 'O').Replace('1', 'I'),
                    2 => typed.Replace('0', 'o').Replace('1', 'l'),
                    _ => typed,
                };
                Assert.Equal(reference, SignInReference.Parse(space + (lower ? typed.ToLowerInvariant() : typed) + space));
            },
            iter: RunOptions.Properties);

    [Fact]
    public void A_reference_has_eight_characters_of_its_alphabet() => Gen.OneOf<string>(Texts.Nearly(Reference), Texts.Any).Sample(
        text =>
        {
            if (SignInReference.Parse(text) is { } read)
            {
                Assert.Matches("^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$", read);
                Assert.Equal(read, SignInReference.Parse(read));
                Assert.InRange(text.Trim().Replace("-", "", StringComparison.Ordinal).Length, 8, 8);
            }
        },
        iter: RunOptions.Properties);
}
