using TaskConsole.Core.Problems;

namespace TaskConsole.Console.Wording;

internal sealed partial class Sentences
{
    /// <summary>Why an act could not be done.</summary>
    public string Of(Problem problem) => Problem(problem.Message);

    /// <summary>What is wrong: a code of one of the lists of problem codes.</summary>
    public string Problem(CodedMessage problem) => Of("Problem", problem);

    /// <summary>What is wrong with a field, in one text.</summary>
    public string? Problems(IEnumerable<CodedMessage> problems) => Join(problems.Select(Problem));
}
