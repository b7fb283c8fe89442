namespace TaskConsole.Core.Hosts.Selectors;

/// <summary>One condition of a <see cref="HostSelector"/>.</summary>
/// <param name="Key">Label, <c>fact.</c> and a fact, or <c>name</c>.</param>
internal abstract record Requirement(string Key)
{
    /// <summary>Whether a host with this value of the key (null: it lacks the key) is hit.</summary>
    public abstract bool IsMet(string? value);

    /// <summary>Has the key.</summary>
    public sealed record Exists(string Key) : Requirement(Key)
    {
        public override bool IsMet(string? value) => value is not null;

        public override string ToString() => Key;
    }

    /// <summary>Lacks the key.</summary>
    public sealed record Lacks(string Key) : Requirement(Key)
    {
        public override bool IsMet(string? value) => value is null;

        public override string ToString() => $"!{Key}";
    }

    /// <summary>Has one of the values; negated: has none of them, or lacks the key.</summary>
    public sealed record OneOf : Requirement
    {
        private readonly HashSet<string> _values;
        private readonly bool _negated;

        public OneOf(string key, IEnumerable<string> values, bool negated)
            : base(key)
        {
            _values = new HashSet<string>(values, StringComparer.Ordinal);
            _negated = negated;
        }

        public override bool IsMet(string? value) => (value is not null && _values.Contains(value)) != _negated;

        public override string ToString() => _values.Count == 1
            ? $"{Key}{(_negated ? "!=" : "=")}{_values.First()}"
            : $"{Key} {(_negated ? "notin" : "in")} ({string.Join(',', _values)})";
    }

    /// <summary>Fits a glob.</summary>
    public sealed record Like(string Key, Glob Glob) : Requirement(Key)
    {
        public override bool IsMet(string? value) => value is not null && Glob.IsMatch(value);

        public override string ToString() => $"{Key}~={Glob}";
    }
}
