import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const pathOf = (name: string): string => fileURLToPath(new URL(`certificates/${name}`, import.meta.url));

/** The PEM file of the authority that signed all of them. */
export const CA_FILE = pathOf('ca.pem');

/** What a TLS server shows; see the table in `certificates/README.md`. */
export function readCertificate(name: 'good' | 'feed' | 'other' | 'expired' | 'future'): { key: Buffer; cert: Buffer } {
  return { key: readFileSync(pathOf('server.key')), cert: readFileSync(pathOf(`${name}.pem`)) };
}
