import { defineRecord, textColumn } from './record-type.ts';

export const CHECK = defineRecord({
  name: 'Check',
  printedBy: '`doctor`, one for each check',
  columns: {
    check: textColumn('The name of the check.'),
    status: textColumn('What it found.', { values: ['ok', 'warning', 'failed'] }),
    message: textColumn('What it found, in words.'),
    hint: textColumn('What to do about it.', { nullWhen: 'there is nothing to do' }),
  },
  sample: {
    check: 'token',
    status: 'failed',
    message: 'token expired at 06:00 IST',
    hint: 'run tickpipe login',
  },
});
