import { LOGIN } from './account-records.ts';
import { BAR } from './bar-record.ts';
import { CHECK } from './check-record.ts';
import { PROFILE, SETTING } from './config-records.ts';
import type { RecordType } from './record-type.ts';
import { SUBSCRIBED, UNSUBSCRIBED } from './session-records.ts';
import { MASTER_FILE, SYMBOL } from './symbol-records.ts';

/** Every record that a command prints, for `tickpipe schema` and the documents. */
export const RECORDS: readonly RecordType[] = [
  SUBSCRIBED,
  UNSUBSCRIBED,
  LOGIN,
  SETTING,
  PROFILE,
  CHECK,
  SYMBOL,
  MASTER_FILE,
  BAR,
];
