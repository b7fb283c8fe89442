using System.Globalization;
using Bunit;
using TaskConsole.Console.Components.Controls;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Tests.Pages;

public sealed class ProblemNoticeTests : PageTest
{
    [Theory]
    [InlineData("en", "The task has ended: it is Completed.")]
    [InlineData("zh-CN", "任务已结束，状态是“已完成”。")]
    public void A_problem_is_told_in_the_language_of_the_page(string language, string expected)
    {
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
        var notice = Render<ProblemNotice>(parameters => parameters.Add(control => control.Problem, new Problem.WrongState(TaskProblemCode.Ended, ("taskStatus", OpsTaskStatus.Completed))));
        Assert.Equal(expected, notice.Find("[data-testid=problem]").TextContent.Trim());
    }
}
