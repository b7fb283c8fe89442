using System.Buffers;
using System.Numerics;

namespace TaskConsole.Agent.Masking;

/// <summary>
/// Finds all of a set of patterns in one pass (Aho–Corasick), for any number of streams at once: immutable, each
/// stream keeps its own state, a number that begins as <see cref="Root"/>. A state is the longest end of the stream
/// that is the beginning of a pattern.
/// </summary>
/// <remarks>
/// Sparse: the states that one pattern adds to the tree of all have consecutive numbers (a chain), so that the step
/// along a chain needs no table; where a chain begins within another one is found by a hash table. A state takes
/// six or seven bytes, a chain at most 28. Building takes a time linear in the bytes of all patterns, but for sorting them;
/// a step takes two look-ups of a child on average, whatever the patterns.
/// </remarks>
internal sealed class SecretAutomaton
{
    /// <summary>The state in which no pattern has begun.</summary>
    public const int Root = 0;

    private const uint ChainEnds = 1u << 31;
    private const uint Branches = 1u << 30;
    private const uint StateBits = Branches - 1;

    // By state: the byte that leads into it; the state of its longest proper end that is one, with two flags.
    private readonly byte[] _labels;
    private readonly uint[] _failures;

    // By state: which of the lengths is that of the longest pattern that ends here (0: none); the upper byte of it only
    // where there are more than 256 lengths.
    private readonly byte[] _matches;
    private readonly byte[]? _upperMatches;

    // Ascending, each once, after a zero. N of them need patterns of N²/2 bytes, so that two bytes suffice.
    private readonly int[] _lengths;

    private readonly int[] _childrenOfRoot = new int[256];

    // By chain: its first state (ascending), the depth of that, and the state before it.
    private readonly int[] _chainStarts;
    private readonly int[] _chainDepths;
    private readonly int[] _chainParents;

    // The chains that do not begin at the root, one more than their number in a table with open addressing; 0: free.
    private readonly int[] _branches;

    private SecretAutomaton(List<byte[]> patterns)
    {
        var shared = SharedWithFormer(patterns, out var states, out var chains);
        _labels = new byte[states];
        _failures = new uint[states];
        _matches = new byte[states];
        _lengths = DistinctLengths(patterns);
        _upperMatches = _lengths.Length > 256 ? new byte[states] : null;
        _chainStarts = new int[chains];
        _chainDepths = new int[chains];
        _chainParents = new int[chains];
        _branches = new int[BitOperations.RoundUpToPowerOf2((uint)chains * 2)];
        AddPatterns(patterns, shared);
        LinkFailures();

        var firstBytes = new List<byte>();
        for (var letter = 0; letter < _childrenOfRoot.Length; letter++)
        {
            if (_childrenOfRoot[letter] != Root)
                firstBytes.Add((byte)letter);
        }

        FirstBytes = SearchValues.Create([.. firstBytes]);
    }

    /// <summary>The bytes that lead out of <see cref="Root"/>.</summary>
    public SearchValues<byte> FirstBytes { get; }

    /// <summary>The number of states: the different beginnings of all patterns.</summary>
    public int States => _labels.Length;

    /// <summary>
    /// The automaton for all <see cref="SecretForms"/> of <paramref name="secrets"/>, in UTF-8; null if there is
    /// nothing to find, so that nothing is built for a script without secrets.
    /// </summary>
    public static SecretAutomaton? ForSecrets(IReadOnlyCollection<byte[]> secrets) =>
        secrets.Count == 0 ? null : ForPatterns(SecretForms.Of(secrets));

    /// <summary>The automaton for just these patterns, which are sorted in place; empty ones are dropped. Null if none is left.</summary>
    public static SecretAutomaton? ForPatterns(List<byte[]> patterns)
    {
        patterns.Sort(static (left, right) => left.AsSpan().SequenceCompareTo(right));
        var kept = 0;
        for (var i = 0; i < patterns.Count; i++)
        {
            var pattern = patterns[i];
            if (pattern.Length > 0 && (kept == 0 || !pattern.AsSpan().SequenceEqual(patterns[kept - 1])))
                patterns[kept++] = pattern;
        }

        patterns.RemoveRange(kept, patterns.Count - kept);
        return kept == 0 ? null : new SecretAutomaton(patterns);
    }

    /// <summary>The state after one more byte.</summary>
    public int Next(int state, byte letter)
    {
        while (state != Root)
        {
            var failure = _failures[state];
            if ((failure & ChainEnds) == 0 && _labels[state + 1] == letter)
                return state + 1;
            if ((failure & Branches) != 0 && FindBranch(state, letter) is not Root and var branch)
                return branch;
            state = (int)(failure & StateBits);
        }

        return _childrenOfRoot[letter];
    }

    /// <summary>The length of the longest pattern that ends with the byte that led here; 0 if none does.</summary>
    public int MatchLength(int state) => _lengths[Match(state)];

    /// <summary>How many of the last bytes are the beginning of a pattern that may still come whole.</summary>
    public int Depth(int state)
    {
        if (state == Root)
            return 0;
        var chain = Array.BinarySearch(_chainStarts, state);
        if (chain < 0)
            chain = ~chain - 1;
        return _chainDepths[chain] + state - _chainStarts[chain];
    }

    private int Match(int state) => _upperMatches is null ? _matches[state] : (_upperMatches[state] << 8) | _matches[state];

    private void SetMatch(int state, int match)
    {
        _matches[state] = (byte)match;
        _upperMatches?[state] = (byte)(match >> 8);
    }

    // The first state of the chain that leaves a state by this byte; the root if there is none.
    private int FindBranch(int state, byte letter)
    {
        for (var slot = BranchSlot(state, letter); _branches[slot] is not 0 and var chain; slot = NextSlot(slot))
        {
            var start = _chainStarts[chain - 1];
            if (_labels[start] == letter && _chainParents[chain - 1] == state)
                return start;
        }

        return Root;
    }

    // Fibonacci hashing: the upper half of the product depends on all bits of both.
    private int BranchSlot(int state, byte letter) =>
        (int)(((((ulong)state << 8) | letter) * 0x9E3779B97F4A7C15) >> 32) & (_branches.Length - 1);

    private int NextSlot(int slot) => (slot + 1) & (_branches.Length - 1);

    // How many bytes each pattern has in common with the one before it; they are sorted, so that these are all that it shares.
    private static int[] SharedWithFormer(List<byte[]> patterns, out int states, out int chains)
    {
        var shared = new int[patterns.Count];
        (states, chains) = (1, 0);
        for (var i = 0; i < shared.Length; i++)
        {
            if (i > 0)
                shared[i] = patterns[i].AsSpan().CommonPrefixLength(patterns[i - 1]);
            states = checked(states + patterns[i].Length - shared[i]);
            if (!Continues(patterns, shared, i))
                chains++;
        }

        return states <= StateBits ? shared : throw new ArgumentException("The patterns have more bytes than states can be numbered.", nameof(patterns));
    }

    // The former pattern is the beginning of this one: its chain just goes on.
    private static bool Continues(List<byte[]> patterns, int[] shared, int index) =>
        index > 0 && shared[index] == patterns[index - 1].Length;

    private static int[] DistinctLengths(List<byte[]> patterns)
    {
        var lengths = new SortedSet<int> { 0 };
        foreach (var pattern in patterns)
            lengths.Add(pattern.Length);
        return [.. lengths];
    }

    private void AddPatterns(List<byte[]> patterns, int[] shared)
    {
        var state = Root;
        var chains = 0;
        var path = new Stack<int>();
        for (var i = 0; i < patterns.Count; i++)
        {
            var pattern = patterns[i];
            pattern.AsSpan(shared[i]).CopyTo(_labels.AsSpan(state + 1));
            if (!Continues(patterns, shared, i))
            {
                _failures[state] |= ChainEnds;
                while (path.TryPeek(out var last) && _chainDepths[last] > shared[i])
                    path.Pop();
                _chainParents[chains] = path.TryPeek(out var chain) ? _chainStarts[chain] + shared[i] - _chainDepths[chain] : Root;
                _chainStarts[chains] = state + 1;
                _chainDepths[chains] = shared[i] + 1;
                AddBranch(chains);
                path.Push(chains++);
            }

            state += pattern.Length - shared[i];
            SetMatch(state, Array.BinarySearch(_lengths, pattern.Length));
        }

        _failures[state] |= ChainEnds;
    }

    private void AddBranch(int chain)
    {
        var (start, parent) = (_chainStarts[chain], _chainParents[chain]);
        if (parent == Root)
        {
            _childrenOfRoot[_labels[start]] = start;
            return;
        }

        var slot = BranchSlot(parent, _labels[start]);
        while (_branches[slot] != 0)
            slot = NextSlot(slot);
        _branches[slot] = chain + 1;
        _failures[parent] |= Branches;
    }

    // In order of depth, as a state's failure is one of a lesser depth; chain beside chain instead of with a queue of states.
    private void LinkFailures()
    {
        var order = new int[_chainStarts.Length];
        for (var chain = 0; chain < order.Length; chain++)
            order[chain] = chain;
        Array.Sort([.. _chainDepths], order);
        var growing = new List<int>();
        var begun = 0;
        for (var depth = 1; begun < order.Length || growing.Count > 0; depth++)
        {
            for (; begun < order.Length && _chainDepths[order[begun]] == depth; begun++)
                growing.Add(order[begun]);
            for (var i = growing.Count - 1; i >= 0; i--)
            {
                var chain = growing[i];
                var state = _chainStarts[chain] + depth - _chainDepths[chain];
                LinkFailure(state, depth == _chainDepths[chain] ? _chainParents[chain] : state - 1);
                if ((_failures[state] & ChainEnds) == 0)
                    continue;
                growing[i] = growing[^1];
                growing.RemoveAt(growing.Count - 1);
            }
        }
    }

    private void LinkFailure(int state, int parent)
    {
        if (parent != Root)
            _failures[state] |= (uint)Next((int)(_failures[parent] & StateBits), _labels[state]);
        if (Match(state) == 0)
            SetMatch(state, Match((int)(_failures[state] & StateBits)));
    }
}
