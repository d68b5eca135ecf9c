import type { TopicContext } from './command-facts.ts';
import type { Page } from './page.ts';

export interface HelpTopic {
  readonly name: string;
  readonly summary: string;
  /** Loads what only this topic needs. */
  write(context: TopicContext): Promise<Page>;
}

/** What `tickpipe help TOPIC` explains, beside the commands. */
export const HELP_TOPICS: readonly HelpTopic[] = [
  {
    name: 'config',
    summary: 'the configuration file and its profiles',
    write: async (context) => (await import('./config.ts')).writeConfig(context),
  },
  {
    name: 'environment',
    summary: 'the variables of the environment',
    write: async (context) => (await import('./environment.ts')).writeEnvironment(context),
  },
  {
    name: 'errors',
    summary: 'every error code, its status, and what to do',
    write: async () => (await import('./exit-codes.ts')).writeErrors(),
  },
  {
    name: 'exit-codes',
    summary: 'what the exit statuses mean',
    write: async () => (await import('./exit-codes.ts')).writeExitCodes(),
  },
  {
    name: 'formatting',
    summary: 'NDJSON, CSV, tables, single values; columns, times',
    write: async (context) => (await import('./formatting.ts')).writeFormatting(context),
  },
  {
    name: 'rows',
    summary: 'every row: its columns, their units and nulls',
    write: async () => (await import('./rows.ts')).writeRows(),
  },
  {
    name: 'where',
    summary: 'the conditions of --where: only rows that match',
    write: async () => (await import('./where.ts')).writeWhere(),
  },
];

export function findHelpTopic(name: string): HelpTopic | undefined {
  return HELP_TOPICS.find((topic) => topic.name === name);
}
