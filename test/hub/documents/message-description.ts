import { createAsyncApi } from '../../../src/lib/hub/documents/asyncapi.ts';
import { type Described, type Json, nameOf, SchemaChecker } from './schema-checker.ts';

interface Reference {
  readonly $ref: string;
}

export interface MessageOperation {
  readonly action: 'send' | 'receive';
  readonly messages: readonly Reference[];
  readonly reply?: { readonly messages: readonly Reference[] };
}

export interface AsyncApi extends Described {
  readonly asyncapi: string;
  readonly info: Json;
  readonly channels: {
    readonly stream: { readonly address: string; readonly messages: Readonly<Record<string, Reference>> };
  };
  readonly operations: Readonly<Record<string, MessageOperation>>;
  readonly components: Described['components'] & {
    readonly messages: Readonly<
      Record<
        string,
        { readonly payload: Reference; readonly summary: string; readonly examples: readonly { payload: unknown }[] }
      >
    >;
  };
}

/** What a test hub describes the messages of its WebSocket with. */
export const MESSAGES = createAsyncApi('1.2.3') as unknown as AsyncApi;
const CHECKER = new SchemaChecker(MESSAGES);

const { channels, operations } = MESSAGES;
const namesOf = (references: readonly Reference[]): string[] =>
  references.map((reference) => nameOf(channels.stream.messages[nameOf(reference)]));
const all = Object.values(operations);
/** The names of the messages that a client sends. */
export const RECEIVED: readonly string[] = all
  .filter(({ action }) => action === 'receive')
  .flatMap(({ messages }) => namesOf(messages));
/** The names of the messages that the hub sends: answers, and what it sends by itself. */
export const SENT: readonly string[] = [
  ...new Set(
    all.flatMap(({ action, messages, reply }) => namesOf(action === 'send' ? messages : (reply?.messages ?? []))),
  ),
];

/** What is wrong with a value that should be a message of this name. */
export function checkMessage(name: string, value: unknown): readonly object[] {
  return CHECKER.check(nameOf(MESSAGES.components.messages[name]?.payload), value);
}

/** The name of the one message that the hub has sent. Throws for none that the document describes. */
export function nameMessage(message: unknown): string {
  const names = SENT.filter((name) => checkMessage(name, message).length === 0);
  if (names.length === 1) return names[0] as string;
  throw new Error(`the document describes ${names.length} messages like ${JSON.stringify(message).slice(0, 300)}`);
}
