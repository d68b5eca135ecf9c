import * as Flags from '@oclif/core/flags';
import { type HistoryInterval, readHistoryInterval } from '../../history/history-interval.ts';
import { hubFlags, rowFlags, sourceFlags, valueFlag, whereFlag } from '../command/flags.ts';
import { type FeedChoice, readFeed } from '../program/flag-values.ts';

const HISTORY = 'history';

/** The flags of `history`. */
export const historyFlags = {
  interval: valueFlag<HistoryInterval>(readHistoryInterval)({
    summary: 'how long each bar is: 5s to 45s, 1m to 4h, 1d, 1w or 1mo; 1m if not given',
    helpGroup: HISTORY,
    helpValue: '1m|5m|15m|30m|1h|1d|1w|1mo',
  }),
  from: valueFlag((text) => text)({
    summary:
      'bars that begin at this time or later: a date, 2026-11-23T09:15, or 09:15 of today, in India; without it from the last trading day on',
    helpGroup: HISTORY,
    helpValue: '<moment>',
  }),
  to: valueFlag((text) => text)({
    summary: 'bars that begin before this time, which is written as for --from; a date is meant with its whole day',
    helpGroup: HISTORY,
    helpValue: '<moment>',
  }),
  oi: Flags.boolean({ summary: 'with the open interest of contracts', helpGroup: HISTORY }),
  feed: valueFlag<FeedChoice>(readFeed)({
    summary: "whose history: that of the account's broker, of the simulator, or of the feed of a hub elsewhere",
    helpGroup: HISTORY,
    helpValue: 'fyers|sim|ws://HOST:PORT',
    default: 'fyers',
  }),
  'token-file': hubFlags['token-file'],
  'hub-token-file': hubFlags['hub-token-file'],
  file: sourceFlags.file,
  ...rowFlags,
  where: {
    ...whereFlag,
    summary: "only bars for which this condition is true, as in 'volume > 1000000'; see tickpipe help where",
  },
};

/** The values of these flags that say which bars are printed. */
export interface HistoryFlags {
  /** `1m` when it is not given. */
  readonly interval?: HistoryInterval | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly oi: boolean;
  /** A condition for bars. */
  readonly where?: string | undefined;
}
