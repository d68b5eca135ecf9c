import { DEFAULT_FIELD_ORDER, type FieldOrder, parseFieldDictionary } from './dictionary.ts';
import { FRAME, readFields, STATUS_OK } from './wire.ts';

export type ControlType = 'auth' | 'subscribe' | 'unsubscribe' | 'pause' | 'resume' | 'snapshot' | 'mode';

/** A server's answer to a request of ours. */
export interface ControlResponse {
  readonly type: ControlType;
  readonly ok: boolean;
  /** In answers to auth: after how many data frames the server wants an ack; 0 for never. */
  readonly ackEvery: number;
  readonly fieldOrder: FieldOrder;
  /** In answers to auth: false when a dictionary came that could not be read whole. */
  readonly dictionaryValid: boolean;
}

const CONTROL_TYPES: ReadonlyMap<number, ControlType> = new Map([
  [FRAME.auth, 'auth'],
  [FRAME.subscribe, 'subscribe'],
  [FRAME.unsubscribe, 'unsubscribe'],
  [FRAME.pause, 'pause'],
  [FRAME.resume, 'resume'],
  [FRAME.snapshot, 'snapshot'],
  [FRAME.mode, 'mode'],
]);

const FIELD = { status: 1, ackEvery: 2, dictionary: 3 } as const;

export function isControlFrame(type: number): boolean {
  return CONTROL_TYPES.has(type);
}

/** Reads a control response; `undefined` when it is malformed or of another type. */
export function parseControlResponse(bytes: Buffer): ControlResponse | undefined {
  const type = bytes.length > 2 ? CONTROL_TYPES.get(bytes[2] as number) : undefined;
  const fields = type && readFields(bytes);
  const status = fields?.get(FIELD.status)?.[0];
  if (type === undefined || fields === undefined || status === undefined) return undefined;
  const dictionary = type === 'auth' ? fields.get(FIELD.dictionary) : undefined;
  const parsed = dictionary && parseFieldDictionary(dictionary.toString('utf8'));
  return {
    type,
    ok: status === STATUS_OK,
    ackEvery: type === 'auth' ? unsigned(fields.get(FIELD.ackEvery)) : 0,
    fieldOrder: parsed?.order ?? DEFAULT_FIELD_ORDER,
    dictionaryValid: parsed?.valid ?? true,
  };
}

/** An unsigned integer of the field's own length; 2 and 4 bytes are both seen. Longer than we can count is never reached. */
function unsigned(field: Buffer | undefined): number {
  let value = 0;
  for (const byte of field ?? []) value = value * 256 + byte;
  return value;
}
