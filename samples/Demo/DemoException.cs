namespace Demo;

/// <summary>An error that the user of the demo has to correct. The program prints the message and ends with exit code 1.</summary>
/// <param name="message">The cause and how to correct it, in complete sentences.</param>
public sealed class DemoException(string message) : Exception(message);
