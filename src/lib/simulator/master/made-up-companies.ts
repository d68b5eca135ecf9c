import { SeededRandom, seedFor } from '../chance/random.ts';
import { isinOf } from './isin.ts';
import { INSTRUMENT_TYPE, type MasterRow } from './master-row.ts';
import { shareTick } from './share-tick.ts';

/*
 * Shares that fill a symbol master up to any size. Everything about one follows from its number, so that none is ever kept.
 * A company is listed on both exchanges under one ISIN, unless the numbers of one of them end before.
 */

/** The part of a symbol, and the word of the name. None of a list begins with another one of it. */
const FAMILIES =
  'AARAV,ADVIK,AKSHAY,AMRUT,ANAND,ARUNA,ASHWIN,BHASKAR,CHETAK,DEEPAK,DHANUK,EKTA,GANGA,GAURAV,GIRIJA,HARSH,HIMADRI,INDRA,JAYANT,JYOTI,KALYANI,KAVERI,KIRAN,KRISHNA,LALIT,LAXMI,MADHAV,MANGAL,MAYUR,MEGHNA,NAVIN,NEELAM,OMKAR,PADMA,PRAKASH,PRIYA,RADHA,RAJESH,RATNA,ROHINI,SAGAR,SANJAY,SARASWATI,SHAKTI,SHIVAM,SURYA,TARANG,TEJAS,UDAY,UMANG,VARUN,VASANT,VIJAY,VISHAL,YAMUNA,YASH'.split(
    ',',
  );
const TRADES: readonly (readonly [code: string, word: string])[] =
  'CHEM CHEMICALS,STEEL STEELS,POWER POWER,PHARM PHARMACEUTICALS,TEXT TEXTILES,CEM CEMENT,FIN FINANCE,INFRA INFRASTRUCTURE,TECH TECHNOLOGIES,FOOD FOODS,AUTO AUTO COMPONENTS,PAPER PAPER MILLS,SUGAR SUGAR,AGRO AGRO INDUSTRIES,HOTEL HOTELS,ELEC ELECTRICALS,PLAST PLASTICS,CABLE CABLES,GLASS GLASS WORKS,JEWEL JEWELLERS,LOG LOGISTICS,MEDIA MEDIA,TEA TEA ESTATES,TYRE TYRES,SPIN SPINNING MILLS,PORT PORTS,BIO BIOTECH,CAST CASTINGS,GEAR GEARS,RETAIL RETAIL'
    .split(',')
    .map((entry) => {
      const blank = entry.indexOf(' ');
      return [entry.slice(0, blank), entry.slice(blank + 1)];
    });
/** The first company of a name has no town. */
const TOWNS: readonly (readonly [code: string, word: string])[] =
  ' ,PUN PUNE,SUR SURAT,IND INDORE,NAG NAGPUR,VAP VAPI,JAI JAIPUR,KOC KOCHI,MYS MYSURU,RAI RAIPUR,BHO BHOPAL,AGR AGRA,KAN KANPUR,LUD LUDHIANA,RAJ RAJKOT,NAS NASHIK,COI COIMBATORE,MAD MADURAI,VIZ VIZAG,GOA GOA,PAT PATNA,CUT CUTTACK,JAM JAMSHEDPUR,MEE MEERUT,UDA UDAIPUR,HUB HUBBALLI,SAL SALEM,VEL VELLORE,TIR TIRUPATI,GUN GUNTUR,WAR WARANGAL,AJM AJMER,KOT KOTA,BIK BIKANER,JOD JODHPUR,AMR AMRITSAR,JAL JALANDHAR,MOR MORBI,ANK ANKLESHWAR,HAL HALDIA,DUR DURGAPUR,ASA ASANSOL,SIL SILVASSA,DAM DAMAN,THA THANE,SAT SATARA,SOL SOLAPUR,KOL KOLHAPUR,SAN SANGLI,AKO AKOLA,LAT LATUR,NAN NANDED,BEL BELAGAVI,TUM TUMAKURU,HOS HOSUR,ERO ERODE,KAR KARUR,TRI TRICHY,THO THOOTHUKUDI,PAL PALAKKAD'
    .split(',')
    .map((entry) => {
      const blank = entry.indexOf(' ');
      return [entry.slice(0, blank), entry.slice(blank + 1)];
    });

/** So many companies have names of their own. */
export const MAX_COMPANIES = FAMILIES.length * TRADES.length * TOWNS.length;

/** Exchange tokens above those of the well-known shares, and below those of `SIM0001` and its like. */
const FIRST_TOKEN = { NSE: 30_000, BSE: 550_000 } as const;
type Exchange = keyof typeof FIRST_TOKEN;

/** Series in the order in which numbers go round them: most shares trade freely. */
const NSE_SERIES = ['EQ', 'EQ', 'EQ', 'EQ', 'EQ', 'EQ', 'EQ', 'EQ', 'BE', 'EQ', 'EQ', 'EQ', 'EQ', 'SM'] as const;
const BSE_GROUPS = ['A', 'B', 'B', 'X', 'B', 'T', 'B', 'XT', 'M'] as const;
const SMALL_COMPANY_LOT = 1_000;
/** Series in which whole lots are traded. */
const SMALL_COMPANY_SERIES: ReadonlySet<string> = new Set(['SM', 'M']);

/** The share of a company on one exchange. @param number from 0, below `MAX_COMPANIES` */
export function madeUpShare(exchange: Exchange, number: number): MasterRow {
  const [family, trade, town] = partsOf(number);
  const code = `${family}${trade[0]}${town[0]}`;
  const series = seriesOf(exchange, number);
  const fytoken = `${exchange === 'NSE' ? '1010' : '1210'}000000${FIRST_TOKEN[exchange] + number}`;
  const price = priceOf(code);
  return {
    symbol: `${exchange}:${code}-${series}`,
    fytoken,
    name: `${family} ${trade[1]}${town[1] === '' ? '' : ` (${town[1]})`} LTD`,
    instrumentType: INSTRUMENT_TYPE.equity,
    lotSize: SMALL_COMPANY_SERIES.has(series) ? SMALL_COMPANY_LOT : 1,
    tickSize: shareTick(price),
    isin: madeUpIsin(number),
    expiresAtMs: undefined,
    underlying: code,
    underlyingToken: String(FIRST_TOKEN[exchange] + number),
    underlyingFytoken: fytoken,
    strike: undefined,
    right: undefined,
    series,
    previousClose: price,
  };
}

/** The number of a made-up share by its symbol; `undefined` for one that is none. */
export function madeUpNumber(symbol: string): number | undefined {
  const [exchange = '', name = ''] = symbol.split(':');
  if (exchange !== 'NSE' && exchange !== 'BSE') return undefined;
  for (const [first, family] of FAMILIES.entries()) {
    if (!name.startsWith(family)) continue;
    for (const [second, [trade]] of TRADES.entries()) {
      if (!name.startsWith(trade, family.length)) continue;
      const rest = name.slice(family.length + trade.length);
      const third = TOWNS.findIndex(([town]) => town === rest.slice(0, rest.lastIndexOf('-')));
      const number = (third * TRADES.length + second) * FAMILIES.length + first;
      if (third >= 0 && madeUpShare(exchange, number).symbol === symbol) return number;
    }
  }
  return undefined;
}

/** The same by its exchange token. */
export function madeUpNumberOfToken(exchange: Exchange, token: number): number | undefined {
  const number = token - FIRST_TOKEN[exchange];
  return number >= 0 && number < MAX_COMPANIES ? number : undefined;
}

/** Another ISIN for each number. No real issuer has these: their numbers begin with Z. @param number from 0 */
export function madeUpIsin(number: number): string {
  const issuer = number.toString(36).toUpperCase().padStart(4, '0');
  return isinOf(`INEZ${issuer.slice(-4)}01${1 + (number % 9)}`);
}

function seriesOf(exchange: Exchange, number: number): string {
  const series = exchange === 'NSE' ? NSE_SERIES : BSE_GROUPS;
  return series[number % series.length] as string;
}

function partsOf(number: number) {
  const first = number % FAMILIES.length;
  const second = Math.floor(number / FAMILIES.length) % TRADES.length;
  const third = Math.floor(number / (FAMILIES.length * TRADES.length));
  return [FAMILIES[first] as string, TRADES[second] ?? ['', ''], TOWNS[third] ?? ['', '']] as const;
}

/** 20 to 4,000 rupees, the same at each start. */
function priceOf(code: string): number {
  return Math.round(20 * 200 ** new SeededRandom(seedFor(0, code)).between(0, 1) * 10) / 10;
}
