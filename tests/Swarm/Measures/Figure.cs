namespace TaskConsole.Swarm.Measures;

/// <summary>One line of the report.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Value">The figure.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Baseline">The bare program's figure of the same run; null when the gate is absolute.</param>
/// <param name="Ratio">What is held against gate and goal.</param>
/// <param name="Gate">Worst that is allowed.</param>
/// <param name="Goal">What is aimed at.</param>
/// <param name="MoreIsBetter">The ratio must be above, not below.</param>
internal sealed record Figure(string What, double Value, string Unit, double? Baseline, double Ratio, double Gate, double Goal, bool MoreIsBetter = false)
{
    public string Verdict => Reaches(Goal) ? "goal" : Reaches(Gate) ? "gate" : "MISSED";

    public static Figure Against(string what, double value, string unit, double baseline, double gate, double goal, bool moreIsBetter = false) =>
        new(what, value, unit, baseline, value / baseline, gate, goal, moreIsBetter);

    private bool Reaches(double limit) => MoreIsBetter ? Ratio >= limit : Ratio <= limit;
}
