using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tests.Tasks.Composing;

public sealed class ShebangTests
{
    [Theory]
    [InlineData("#!/bin/bash", "/bin/bash")]
    [InlineData("#!/bin/bash\necho", "/bin/bash")]
    [InlineData("#! \t/usr/bin/env python3 \t\nprint()", "/usr/bin/env", "python3")]
    [InlineData("#!/bin/bash -e -u\n", "/bin/bash", "-e -u")]
    [InlineData("#!/usr/bin/awk\t-f\n", "/usr/bin/awk", "-f")]
    [InlineData("#!python3\n", "python3")]
    [InlineData("#!/usr/bin/env -S python3 -u\n", "/usr/bin/env", "python3", "-u")]
    [InlineData("#!/usr/bin/env -Spython3 -u\n", "/usr/bin/env", "python3", "-u")]
    [InlineData("#!/usr/bin/env -S A=1 perl -w -e 'a b'\n", "/usr/bin/env", "A=1", "perl", "-w", "-e", "a b")]
    [InlineData("#!env -S -i python3\n", "env", "-i", "python3")]
    [InlineData("#!/usr/bin/env -S perl -I${HOME}/lib\n", "/usr/bin/env", "-S perl -I${HOME}/lib")]
    [InlineData("#!/usr/bin/env -S perl a\\_b\n", "/usr/bin/env", "-S perl a\\_b")]
    [InlineData("#!/usr/bin/env -S perl # why\n", "/usr/bin/env", "-S perl # why")]
    [InlineData("#!/usr/bin/env -S perl 'a\n", "/usr/bin/env", "-S perl 'a")]
    [InlineData("#!/usr/bin/env -S \n", "/usr/bin/env", "-S")]
    [InlineData("#!/usr/bin/env -vS perl -w\n", "/usr/bin/env", "-vS perl -w")]
    [InlineData("#!/usr/bin/myenv -S perl -w\n", "/usr/bin/myenv", "-S perl -w")]
    public void The_first_line_names_a_program_and_one_argument(string script, params string[] interpreter) =>
        Assert.Equal(interpreter, Shebang.Read(script));

    [Theory]
    [InlineData("")]
    [InlineData("#")]
    [InlineData("#!")]
    [InlineData("#! \t\n/bin/bash")]
    [InlineData("# !/bin/bash\n")]
    [InlineData(" #!/bin/bash\n")]
    [InlineData("\n#!/bin/bash\n")]
    [InlineData("echo\n#!/bin/bash\n")]
    public void Everything_else_names_none(string script) => Assert.Null(Shebang.Read(script));

    [Theory]
    [InlineData("\n#!/bin/bash \necho", 2, "#!/bin/bash")]
    [InlineData("  #!/bin/bash", 1, "#!/bin/bash")]
    [InlineData("\n \t\n\u00A0#!/bin/bash -e\n", 3, "#!/bin/bash -e")]
    public void One_behind_blank_lines_or_blanks_is_found_as_the_comment_that_it_is(string script, int line, string text) =>
        Assert.Equal((line, text), Shebang.FindLate(script));

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("#!/bin/bash\n")]
    [InlineData("\necho\n#!/bin/bash\n")]
    public void Elsewhere_there_is_none(string script) => Assert.Null(Shebang.FindLate(script));
}
