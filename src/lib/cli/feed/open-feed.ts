import type { Feed, FeedListener } from '../../feed/feed.ts';
import { findHubLocation } from '../../hub/daemon/hub-location.ts';
import type { FeedFlags } from '../command/flag-groups.ts';
import { isRecording } from '../program/flag-values.ts';
import type { CommandContext } from '../program/program.ts';
import type { FeedUse } from './feed-use.ts';

/** Opens the feed of the flags. It connects to FYERS only at the first subscription. Throws coded errors. */
export async function openChosenFeed(
  flags: FeedFlags,
  use: FeedUse,
  context: CommandContext,
  listener: FeedListener,
): Promise<Feed> {
  const { feed } = flags;
  if (feed === 'sim') return openSimulated(flags, use, context, listener);
  if (feed === 'fyers' && flags.direct) {
    // Loaded here: commands that share a hub do not need it.
    const { openDirect } = await import('./direct-feed.ts');
    return openDirect(flags, use, context, listener);
  }
  if (isRecording(feed)) {
    const { openRecording } = await import('../../recording/playback/open-recording.ts');
    return openRecording(feed.recording, flags, context.program.clock, listener);
  }
  const { openHubElsewhere, openSharedFeed } = await import('./hub-feeds.ts');
  return feed === 'fyers'
    ? openSharedFeed(flags, use, context, listener)
    : openHubElsewhere(feed, flags, use, context, listener);
}

/** The running simulated hub, unless `--direct` is given; else a simulator in this process. */
async function openSimulated(
  flags: FeedFlags,
  use: FeedUse,
  context: CommandContext,
  listener: FeedListener,
): Promise<Feed> {
  const { program, reporter } = context;
  if (!flags.direct) {
    const location = findHubLocation({ kind: 'sim' }, program.env);
    if (location) {
      const { joinSimulatedHub } = await import('./hub-feeds.ts');
      const joined = await joinSimulatedHub(location, flags, use, context, listener);
      if (joined) return joined;
    }
    reporter.info('no simulated hub runs: this simulator is private; to share one, run tickpipe serve --feed sim', {
      event: 'private',
    });
  }
  // Loaded here: only this feed needs the simulator.
  const { openSimulatedFeed } = await import('../../simulator/sim-feed.ts');
  return openSimulatedFeed(
    {
      clock: program.clock,
      random: Math.random,
      stallTimeoutMs: flags['stall-timeout'],
      maxRetries: flags['max-retries'],
      tap: use.tap,
    },
    listener,
  );
}
