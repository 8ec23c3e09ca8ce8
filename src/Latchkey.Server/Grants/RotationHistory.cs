using System.Globalization;
using Latchkey.Server.Network;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Grants;

/// <summary>
/// The stored form of a grant's last rotations, in two columns: the times (<c>rotations</c>), and generation and presenter of each
/// (<c>rotated_from</c>). A rotation by an earlier version of this program has a time only, so presenters are found by their generation.
/// </summary>
internal static class RotationHistory
{
    private const char Separator = ',';

    /// <summary>Appends a rotation and drops those beyond the remembered ones.</summary>
    public static IReadOnlyList<Rotation> Remember(IReadOnlyList<Rotation> rotations, Rotation newest) =>
        [.. rotations.TakeLast(RefreshTokenFamily.MaxRemembered - 1), newest];

    public static string WriteTimes(IReadOnlyList<Rotation> rotations) => string.Join(
        Separator, rotations.Select(rotation => rotation.At.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)));

    /// <param name="generation">The generation after the newest of the rotations.</param>
    public static string WritePresenters(IReadOnlyList<Rotation> rotations, long generation) => string.Join(
        Separator,
        rotations.Index().Where(rotation => rotation.Item.By is not null).Select(rotation => string.Create(
            CultureInfo.InvariantCulture, $"{generation - rotations.Count + rotation.Index} {rotation.Item.By}")));

    /// <param name="grant">For the error of a corrupt row.</param>
    /// <param name="generation">The current generation.</param>
    public static IReadOnlyList<Rotation> Read(string grant, long generation, string times, string presenters)
    {
        var read = Parts(times).Select(part => Number(grant, part, "rotations")).ToList();
        var by = new Dictionary<long, Presenter>();
        foreach (var part in Parts(presenters))
        {
            var space = part.IndexOf(' ', StringComparison.Ordinal);
            by[Number(grant, space < 0 ? part : part[..space], "rotated_from")] =
                Presenter.Parse(part[(space + 1)..]) ?? throw new CorruptRow("grants", grant, "rotated_from");
        }

        return
        [
            .. read.Select((time, index) => new Rotation(
                DateTimeOffset.FromUnixTimeMilliseconds(time), by.GetValueOrDefault(generation - read.Count + index))),
        ];
    }

    private static string[] Parts(string text) => text.Split(Separator, StringSplitOptions.RemoveEmptyEntries);

    private static long Number(string grant, string text, string column) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new CorruptRow("grants", grant, column);
}
