import type { Feed, FeedListener } from '../../feed/feed.ts';
import { findHubLocation } from '../../hub/daemon/hub-location.ts';
import { isRecording } from '../program/flag-values.ts';
import type { FeedContext, FeedSettings } from './feed-settings.ts';

/** Opens the feed that the flags name; nothing is connected to FYERS before its first subscription. Throws coded errors. */
export async function openFeed(settings: FeedSettings, context: FeedContext, listener: FeedListener): Promise<Feed> {
  const { feed } = settings;
  if (feed === 'sim') return openSimulated(settings, context, listener);
  if (feed === 'fyers' && settings.direct) {
    // Loaded here: commands that share a hub do not need it.
    const { openDirect } = await import('./direct-feed.ts');
    return openDirect(settings, context, listener);
  }
  if (isRecording(feed)) {
    const { openRecording } = await import('./open-recording.ts');
    return openRecording({ ...settings, path: feed.recording }, context.program.clock, listener);
  }
  const { openHubElsewhere, openSharedFeed } = await import('./shared-feed.ts');
  return feed === 'fyers'
    ? openSharedFeed(settings, context, listener)
    : openHubElsewhere({ ...settings, feed }, context, listener);
}

/** The simulated hub that runs, unless this process is to have a connection of its own; else a simulator in this process. */
async function openSimulated(settings: FeedSettings, context: FeedContext, listener: FeedListener): Promise<Feed> {
  const { program, reporter } = context;
  if (!settings.direct) {
    const location = findHubLocation({ kind: 'sim' }, program.env);
    if (location) {
      const { joinSimulatedHub } = await import('./shared-feed.ts');
      const joined = await joinSimulatedHub(location, settings, context, listener);
      if (joined) return joined;
    }
    reporter.info('no simulated hub runs: this simulator is private; to share one, run tickpipe serve --feed sim', {
      event: 'private',
    });
  }
  // The simulator is loaded only when it is asked for.
  const { openSimulatedFeed } = await import('../../simulator/sim-feed.ts');
  return openSimulatedFeed(
    {
      clock: program.clock,
      random: Math.random,
      stallTimeoutMs: settings['stall-timeout'],
      maxRetries: settings['max-retries'],
      tap: settings.tap,
    },
    listener,
  );
}
