namespace Latchkey.Server.Storage;

/// <summary>A setting that is readable but cannot be used. The program prints the message and exits with 2.</summary>
internal sealed class UnusableSetting(string message) : Exception(message);
