import type { Clock } from '../../clock/clock.ts';
import type { FeedListener } from '../../feed/feed.ts';
import { KINDS } from '../../market/kinds.ts';
import { RecordedFeed } from './recorded-feed.ts';
import { indexRecordings } from './recording-index.ts';
import { TimeRange } from './time-range.ts';

/** Opens a recording as a feed, which starts to play at its first subscription. Throws as `indexRecordings`. */
export async function openRecording(
  path: string,
  { speed = 1, loop = false }: { readonly speed?: number | undefined; readonly loop?: boolean | undefined },
  clock: Clock,
  listener: FeedListener,
): Promise<RecordedFeed> {
  const index = await indexRecordings([path]);
  return new RecordedFeed(
    {
      name: `the recording ${path}`,
      index,
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
