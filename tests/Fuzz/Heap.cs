namespace Fuzz;

internal static class Heap
{
    /// <summary>
    /// Bytes alive on the managed heap once everybody who was busy is done. Without the pinned heap: there Kestrel keeps the buffers of its connections, as many
    /// as were ever open at once, and gives them back when it has been idle.
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

    public static string Shown(long bytes) => $"{bytes / 1024.0 / 1024:F1} MB";
}
