import { locateConfigFile } from '../settings/config-file.ts';
import { configFileSchema } from '../settings/config-schema.ts';
import { isSetting } from '../settings/settings.ts';
import {
  describeDefaults,
  describeFlag,
  describeMeaning,
  listFlags,
  PLACEHOLDERS,
  type TopicContext,
} from './command-facts.ts';
import type { Page } from './page.ts';

/** Where the configuration file is for everybody; `locateConfigFile` says it for one environment. */
export const CONFIG_PLACE = '~/.config/tickpipe/config.json';

export const SAMPLE_CONFIG = `{
  "profile": "desk",
  "profiles": {
    "desk": { "time": "iso", "max-lag": "5s" },
    "night": { "format": "csv", "no-header": true, "fields": ["symbol", "ltp"] }
  }
}`;

/** `tickpipe help config`. */
export function writeConfig(context: TopicContext): Page {
  const { env } = context;
  const keys = listFlags(context).filter(({ name }) => isSetting(name));
  return [
    {
      kind: 'text',
      text: `The configuration file sets flags for every command that has them. It is \`${CONFIG_PLACE}\`, or \`$XDG_CONFIG_HOME/tickpipe/config.json\`, or the file that \`TICKPIPE_CONFIG\` names.`,
    },
    ...(env ? [{ kind: 'text', text: `Here it is ${locateConfigFile(env).file}` } as const] : []),
    {
      kind: 'text',
      text: '`tickpipe config set KEY VALUE` writes a flag into it and leaves the rest as it is; `get`, `unset`, `list`, `path` and `edit` do what their names say. `tickpipe config list --origin` prints where each value comes from.',
    },
    { kind: 'code', text: SAMPLE_CONFIG },
    {
      kind: 'table',
      head: ['key', 'meaning'],
      rows: Object.entries(configFileSchema.shape).map(([key, { description = '' }]) => [`\`${key}\``, description]),
    },
    {
      kind: 'text',
      text: 'A profile is chosen by `--profile`, then by `TICKPIPE_PROFILE`, then by `profile` in the file; else the one named `default` applies. `tickpipe profile list` lists them, `tickpipe profile use NAME` chooses one and makes it when it is not there. A profile that was chosen and has neither a section in the file nor a login of its own ends a command with status 78. A flag on the command line counts before its variable, and the variable before the profile.',
    },
    {
      kind: 'text',
      text: 'An unknown key, a value that its flag does not take, and a token in the file end a command with status 78. `tickpipe login` stores a token elsewhere; `FYERS_ACCESS_TOKEN`, or a file that `token-file` names, can have one, too.',
    },
    {
      kind: 'text',
      text: 'Files `calendars/*.json` beside the configuration file add to the trading calendar. Files `~/.config/tickpipe/watchlists/NAME.txt`, or those in `$XDG_CONFIG_HOME/tickpipe/watchlists`, are the watchlists: `@NAME` stands for the symbols of one.',
    },
    { kind: 'heading', text: 'Keys of a profile' },
    {
      kind: 'text',
      text: 'The keys are the flags without their dashes. Flags without a value are true or false, others are a text, a number or a list of texts. Some flags differ between commands: `"raw": true` also makes `record` record messages.',
    },
    { kind: 'text', text: PLACEHOLDERS },
    {
      kind: 'table',
      head: ['key', 'meaning', 'default'],
      rows: keys.map((flag) => [
        `\`${describeFlag(flag).replace(/^--/, '')}\``,
        describeMeaning(flag.name, context),
        describeDefaults(flag.name, context),
      ]),
    },
  ];
}
