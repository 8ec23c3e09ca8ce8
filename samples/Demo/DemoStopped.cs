namespace Demo;

/// <summary>Something a person has to see to: the message says what it is and what to do, and the program ends with exit code 1.</summary>
/// <param name="message">Complete sentences; they are printed as they are.</param>
public sealed class DemoStopped(string message) : Exception(message);
