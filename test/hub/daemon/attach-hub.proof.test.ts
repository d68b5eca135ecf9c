import { it } from 'vitest';
import { raceForHub } from './starters.ts';

it('eight commands at once end with one hub for all, in fifty rounds', () => raceForHub(50), 300_000);
