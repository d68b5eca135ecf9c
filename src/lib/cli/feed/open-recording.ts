import type { Clock } from '../../clock/clock.ts';
import type { Feed, FeedListener } from '../../feed/feed.ts';
import { KINDS } from '../../market/kinds.ts';
import { RecordedFeed } from '../../recording/playback/recorded-feed.ts';
import { catalogueRecordings } from '../../recording/playback/recording-index.ts';
import { TimeRange } from '../../recording/playback/time-range.ts';

/** Opens a recording as a feed, which starts to play at its first subscription. Throws as `catalogueRecordings`. */
export async function openRecording(
  path: string,
  { speed = 1, loop = false }: { readonly speed?: number | undefined; readonly loop?: boolean | undefined },
  clock: Clock,
  listener: FeedListener,
): Promise<Feed> {
  const catalogue = await catalogueRecordings([path]);
  return new RecordedFeed(
    {
      name: `the recording ${path}`,
      catalogue,
      speed,
      loop,
      range: new TimeRange(),
      kinds: KINDS,
      everything: false,
      emitsKnown: true,
      clock,
    },
    listener,
  );
}
