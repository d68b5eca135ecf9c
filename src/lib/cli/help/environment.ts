import { variableOf } from '../settings/settings.ts';
import { COMMON_VARIABLES, OWN_VARIABLES } from '../settings/variables.ts';
import { describeFlag, listFlags, PLACEHOLDERS, type TopicContext } from './command-facts.ts';
import type { Page } from './page.ts';

/** Flags that only the command line sets. */
const COMMAND_LINE_ONLY: ReadonlySet<string> = new Set(['help', 'where']);

/** `tickpipe help environment`. */
export function writeEnvironment(context: TopicContext): Page {
  return [
    {
      kind: 'text',
      text: 'An empty variable counts as unset. A flag on the command line counts before its variable, and the variable before the profile of the configuration file (`tickpipe help config`).',
    },
    { kind: 'heading', text: 'Token, endpoints and places' },
    { kind: 'table', head: ['variable', 'meaning'], rows: rowsOf(OWN_VARIABLES) },
    { kind: 'heading', text: 'Variables of the flags' },
    {
      kind: 'text',
      text: 'Each flag but `--where` has a variable: `TICKPIPE_FORMAT=csv` stands for `--format csv`. A command ignores the variables of flags that it does not have. Some flags differ between commands: `TICKPIPE_RAW=1` also makes `record` record messages; `tickpipe help config` lists these. Booleans are 1, true, yes, on or 0, false, no, off.',
    },
    { kind: 'text', text: PLACEHOLDERS },
    {
      kind: 'table',
      head: ['variable', 'flag'],
      rows: listFlags(context)
        .filter(({ name }) => !COMMAND_LINE_ONLY.has(name))
        .map((flag) => [`\`${variableOf(flag.name)}\``, `\`${describeFlag(flag)}\``]),
    },
    { kind: 'heading', text: 'Variables that other programs read, too' },
    { kind: 'table', head: ['variable', 'meaning'], rows: rowsOf(COMMON_VARIABLES) },
    {
      kind: 'text',
      text: 'What else Node reads when it connects, such as `NODE_OPTIONS` or `SSL_CERT_FILE`, works as in any program of Node. A hub in the background keeps the network settings of the command that started it.',
    },
  ];
}

function rowsOf(variables: Readonly<Record<string, string>>): string[][] {
  return Object.entries(variables).map(([name, meaning]) => [`\`${name}\``, meaning]);
}
