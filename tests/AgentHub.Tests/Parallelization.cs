// More than there are cores: the long ones wait for a deadline or a tick to pass.
[assembly: Xunit.v3.Parallelization(MaxThreads = 3)]
