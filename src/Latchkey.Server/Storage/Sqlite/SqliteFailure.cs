using Microsoft.Data.Sqlite;

namespace Latchkey.Server.Storage.Sqlite;

/// <summary>Turns a failure of an SQLite file at start-up into a sentence that says what the operator can do.</summary>
internal static class SqliteFailure
{
    /// <returns>A <see cref="StorageUnavailable"/>.</returns>
    public static StorageUnavailable AtStart(Exception problem, string path)
    {
        const int Busy = 5;
        const int Locked = 6;
        const int Full = 13;
        var code = ((problem as SqliteException) ?? problem.InnerException as SqliteException)?.SqliteErrorCode;
        var sentence =
            Directory.Exists(path) ? $"Storage names {path}, which is a directory. Name a file."
            : code switch
            {
                Busy or Locked => $"Storage: {path} is locked by another program. Stop that program.",
                Full => $"Storage: there is no space left for {path}. Free some space on its disk.",
                _ => $"Storage: the user {Environment.UserName} cannot open {path} for writing ({Reason(problem)}). Give that user the "
                    + "right to "
                    + "write to the file and its directory, or name another file.",
            };
        return new(sentence, problem);
    }

    private static string Reason(Exception problem) => problem.Message.Split('\n')[0].TrimEnd('.');
}
