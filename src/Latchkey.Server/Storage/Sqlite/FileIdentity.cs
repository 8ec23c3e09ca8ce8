using System.Runtime.InteropServices;
using System.Text;

namespace Latchkey.Server.Storage.Sqlite;

/// <summary>
/// What tells one file from another of the same name: device and inode, or, where they are not available, the time of birth.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileIdentity(ulong Device, ulong Number)
{
    // struct statx has the same layout on every architecture (statx(2)).
    private const int StatxLength = 256;
    private const int InodeOffset = 32;
    private const int DeviceOffset = 136;
    private const uint InodeMask = 0x100;
    private const int CurrentDirectory = -100;

    private static volatile bool hasStatx = OperatingSystem.IsLinux();

    /// <summary>Follows symbolic links. Returns null when there is no file of this name.</summary>
    public static FileIdentity? Of(string path)
    {
        if (hasStatx)
        {
            try
            {
                var result = new byte[StatxLength];
                return Statx(CurrentDirectory, [.. Encoding.UTF8.GetBytes(path), 0], flags: 0, InodeMask, result) == 0
                    ? new(
                        BitConverter.ToUInt64(result, DeviceOffset),
                        BitConverter.ToUInt64(result, InodeOffset))
                    : null;
            }
            catch (EntryPointNotFoundException)
            {
                hasStatx = false;
            }
        }

        var file = new FileInfo(path);
        return file.Exists ? new(0, (ulong)file.CreationTimeUtc.Ticks) : null;
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int directory, byte[] path, int flags, uint mask, byte[] result);
}
