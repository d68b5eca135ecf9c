import type { Clock } from '../../clock/clock.ts';
import type { Feed, FeedListener } from '../../feed/feed.ts';
import { KINDS } from '../../market/kinds.ts';
import { RecordedFeed } from '../../recording/playback/recorded-feed.ts';
import { catalogueRecordings } from '../../recording/playback/recording-index.ts';
import { TimeRange } from '../../recording/playback/time-range.ts';

/** How a recording is to be played. */
export interface PlaybackSettings {
  readonly path: string;
  /** 1 when it is not given. */
  readonly speed?: number | undefined;
  readonly loop?: boolean | undefined;
}

/** A recording as a feed, which plays from its first subscription on. Throws what `catalogueRecordings` throws. */
export async function openRecording(
  { path, speed = 1, loop = false }: PlaybackSettings,
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
