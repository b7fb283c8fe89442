namespace TaskConsole.Agent.Execution;

/// <summary>A sigset_t: one bit for each signal from 1 on, in words of the machine's size.</summary>
internal static unsafe class SignalSet
{
    /// <summary>More than one takes in any C library.</summary>
    public const int Bytes = 128;

    /// <summary>Adds a signal to a set that holds zeros or other signals; 0 adds nothing.</summary>
    public static void Add(byte* set, int signal)
    {
        if (signal > 0)
            ((nuint*)set)[0] |= (nuint)1 << (signal - 1);
    }
}
