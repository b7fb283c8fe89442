using System.Diagnostics.CodeAnalysis;

namespace TaskConsole.Core.Problems;

/// <summary>A value, or the problem that stood in its way.</summary>
public readonly struct Answer<T>
{
    private readonly T? _value;

    internal Answer(T value)
        : this(value, null)
    {
    }

    private Answer(T? value, Problem? problem)
    {
        _value = value;
        Problem = problem;
    }

    /// <summary>What went wrong; null when there is a value.</summary>
    public Problem? Problem { get; }

    /// <summary>The value. Throws when there is a problem.</summary>
    public T Value => Problem is null ? _value! : throw new InvalidOperationException(Problem.Message.ToString());

    /// <summary>Splits into value and problem.</summary>
    public bool TryGet([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Problem? problem)
    {
        value = _value;
        problem = Problem;
        return problem is null;
    }

#pragma warning disable CA2225 // The conversions are the constructors of this type.
    public static implicit operator Answer<T>(T value) => new(value, null);

    public static implicit operator Answer<T>(Problem problem) => new(default, problem);
#pragma warning restore CA2225
}
