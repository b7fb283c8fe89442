// More than there are cores: a test waits for its agent, its script or its hub far more than it computes.
[assembly: Xunit.v3.Parallelization(MaxThreads = 3)]
