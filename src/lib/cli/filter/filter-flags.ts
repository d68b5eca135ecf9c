import {
  answerLimitFlags,
  choiceFlag,
  connectionFlags,
  playbackFlags,
  rowFlags,
  SLOW_ACTIONS,
  sourceFlags,
  streamLimitFlags,
  streamOutputFlags,
  whereFlag,
} from '../command/flags.ts';

const { count, duration, until, 'idle-timeout': idleTimeout } = streamLimitFlags;

/** The flags of every command that makes rows out of ticks; a command adds its own. */
export const filterFlags = {
  ...sourceFlags,
  ...playbackFlags,
  ...rowFlags,
  where: {
    ...whereFlag,
    summary: 'only rows of the result for which this condition is true; see tickpipe help where',
  },
  events: { ...streamOutputFlags.events, summary: 'print Gap, Status and Skipped rows among the others; not with csv' },
  'on-slow': choiceFlag(SLOW_ACTIONS)({
    summary:
      'when the reader of stdout is slow: keep the latest row of each symbol, drop rows, or end with 7; every tick still counts',
    helpGroup: 'output',
    helpValue: SLOW_ACTIONS.join('|'),
    default: 'conflate',
  }),
  'max-lag': streamOutputFlags['max-lag'],
  count,
  duration,
  until,
  'idle-timeout': idleTimeout,
  timeout: { ...answerLimitFlags.timeout, summary: 'stop with 124 when no row came within this time' },
  ...connectionFlags,
};
