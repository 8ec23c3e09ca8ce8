using System.Reflection;

namespace Latchkey.Server.SignIns;

/// <summary>The catalogue of causes, in the order of the stations. Each class of causes declares those of a part of the sign-in.</summary>
internal static class Causes
{
    private static readonly Type[] Declarations =
    [
        typeof(FindCauses), typeof(AskCauses), typeof(AskParameterCauses), typeof(LogInCauses), typeof(ReturnCauses), typeof(ConsentCauses),
        typeof(ClientAuthenticationCauses), typeof(TokenCauses), typeof(RenewCauses),
    ];

    private static readonly Dictionary<string, Cause> ByCode = new(StringComparer.Ordinal);

    static Causes()
    {
        var declared = Declarations
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Select(field => (Cause)field.GetValue(null)!);
        All = [.. declared.OrderBy(cause => cause.Station)];
        foreach (var cause in All)
        {
            ByCode.Add(cause.Code, cause);
        }
    }

    public static IReadOnlyList<Cause> All { get; }

    /// <summary>Returns null for a code that this version of the program does not know.</summary>
    public static Cause? Find(string code) => ByCode.GetValueOrDefault(code);
}
