import { booleanColumn, defineRecord, numberColumn, textColumn } from './record-type.ts';

/** A setting without its origin. */
export const PLAIN_SETTING = defineRecord({
  name: 'Setting',
  printedBy: '`config list`, one for each flag that has a value; `origin` and `place` only with `--origin`',
  columns: {
    key: textColumn('The flag, without its dashes.'),
    value: textColumn('Its value, as on the command line.'),
  },
  sample: { key: 'time', value: 'iso' },
});

export const SETTING = defineRecord({
  ...PLAIN_SETTING,
  columns: {
    ...PLAIN_SETTING.columns,
    origin: textColumn('Where the value comes from.', { values: ['default', 'file', 'environment'] }),
    place: textColumn('The file and line, or the variable, that sets it.', { nullWhen: 'for a default' }),
  },
  sample: { key: 'time', value: 'iso', origin: 'file', place: '/home/asha/.config/tickpipe/config.json:4' },
});

export const PROFILE = defineRecord({
  name: 'Profile',
  printedBy: '`profile list`, one for each profile of the configuration file and each stored login',
  columns: {
    profile: textColumn('The name of the profile.'),
    active: booleanColumn('Whether it is the profile that applies.'),
    settings: numberColumn('How many flags it sets.'),
    login: booleanColumn('Whether a login is stored under its name.'),
  },
  sample: { profile: 'desk', active: true, settings: 2, login: false },
});
