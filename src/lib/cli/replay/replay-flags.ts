import { normalizeSymbols } from '../../market/symbols.ts';
import {
  answerLimitFlags,
  choiceFlag,
  playbackFlags,
  rowFlags,
  SLOW_ACTIONS,
  sourceFlags,
  streamLimitFlags,
  streamOutputFlags,
  tableFlags,
  valueFlag,
} from '../command/flags.ts';
import { ROW_TYPE_NAMES, readTypes } from '../command/row-type-names.ts';
import { readList } from '../program/flag-values.ts';

const RECORDING = 'recording';

const time = valueFlag((text) => text);

/** The flags of `replay`. */
export const replayFlags = {
  speed: {
    ...playbackFlags.speed,
    summary: 'how many times as fast as it was recorded, or max; 1 if not given',
    helpGroup: RECORDING,
  },
  from: time({
    summary: 'from this time on: 09:15 means each recorded day in India, 2026-11-23T09:15 one moment',
    helpGroup: RECORDING,
    helpValue: '<moment>',
  }),
  to: time({ summary: 'up to this time, which is written as for --from', helpGroup: RECORDING, helpValue: '<moment>' }),
  symbols: valueFlag((text) => normalizeSymbols(readList(text)))({
    summary: 'only these symbols',
    helpGroup: RECORDING,
    helpValue: '<a,b,c>',
  }),
  type: valueFlag((text) => readTypes(text, ROW_TYPE_NAMES))({
    summary: 'only rows of these types, as in symbols,index',
    helpGroup: RECORDING,
    helpValue: ROW_TYPE_NAMES.join(','),
  }),
  loop: { ...playbackFlags.loop, summary: 'begin again at the end', helpGroup: RECORDING },
  strict: {
    ...sourceFlags.strict,
    summary: 'end with 3 before anything is played when a symbol is unknown',
    helpGroup: RECORDING,
  },
  ...rowFlags,
  ...streamOutputFlags,
  'on-slow': choiceFlag(SLOW_ACTIONS)({
    summary: `${streamOutputFlags['on-slow'].summary}; without it the replay waits`,
    helpGroup: 'output',
    helpValue: SLOW_ACTIONS.join('|'),
  }),
  ...tableFlags,
  ...streamLimitFlags,
  timeout: answerLimitFlags.timeout,
};
