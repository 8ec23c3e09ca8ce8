namespace Fuzz;

internal static class Heap
{
    /// <summary>
    /// Returns the bytes of live objects on the managed heap after garbage collections. The pinned heap is not counted: Kestrel keeps the
    /// buffers of its connections there, as many as were ever open at once, and releases them after it has been idle.
    /// </summary>
    public static long Measure()
    {
        const int PinnedHeap = 4;
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        long alive = 0;
        foreach (var generation in GC.GetGCMemoryInfo(GCKind.FullBlocking).GenerationInfo[..PinnedHeap])
        {
            alive += generation.SizeAfterBytes - generation.FragmentationAfterBytes;
        }

        return alive;
    }

    public static string Format(long bytes) => $"{bytes / 1024.0 / 1024:F1} MB";
}
