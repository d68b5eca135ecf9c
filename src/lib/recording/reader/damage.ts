/** Why bytes of a recording could not be used, in words. */
export type DamageReason =
  | 'not a whole row'
  | 'not a whole message'
  | 'a row that was cut off'
  | 'not gzip data'
  | 'gzip data that is broken'
  | 'gzip data that was cut off'
  | 'gzip data too broken to be searched'
  | 'gzip data that unpacks to far more than rows do';

/** Bytes of a recording that could not be used. */
export interface Damage {
  readonly file: string;
  /** Where they begin. */
  readonly offset: number;
  /** How many they are. */
  readonly bytes: number;
  /** Whether offset and bytes count in the file as it is stored, or in what it unpacks to. */
  readonly within: 'file' | 'contents';
  readonly reason: DamageReason;
}

export type DamageListener = (damage: Damage) => void;

/** One line of text for stderr. */
export function describeDamage({ file, offset, bytes, within, reason }: Damage): string {
  const place = within === 'file' ? 'at offset' : 'at unpacked offset';
  // What follows is not there to be counted.
  if (bytes === 0) return `${file}: what follows ${place.slice('at '.length)} ${offset} is lost: ${reason}`;
  return `${file}: ${bytes} ${bytes === 1 ? 'byte' : 'bytes'} ${place} ${offset} lost: ${reason}`;
}
