import type { CalendarYear } from './calendar.ts';

/*
 * 2026 as the exchanges announced it: circulars NSE/CMTR/71775, NSE/CD/71962 and its change CD/72233, NSE/COM/71784, the list
 * of MCX of December 2025, and the circulars of January 2026 on the 15th and on 1 February. docs/calendar.md says what of it
 * is not certain. The hours of the Muhurat session of 8 November had not been published and are not here.
 */
export const CALENDAR_2026: CalendarYear = {
  year: 2026,
  days: [
    { date: '2026-01-01', name: 'New Year', hours: { commodity: 'morning', nse_com: 'closed' } },
    {
      date: '2026-01-15',
      name: 'municipal elections in Maharashtra',
      hours: { equity: 'closed', currency: 'closed', commodity: 'evening' },
    },
    { date: '2026-01-26', name: 'Republic Day', hours: { all: 'closed' } },
    { date: '2026-02-01', name: 'Union Budget', hours: { equity: 'usual', commodity: [['09:00', '17:00']] } },
    { date: '2026-02-19', name: 'Chhatrapati Shivaji Maharaj Jayanti', hours: { currency: 'closed' } },
    { date: '2026-03-03', name: 'Holi', hours: { equity: 'closed', currency: 'closed', commodity: 'evening' } },
    { date: '2026-03-19', name: 'Gudi Padwa', hours: { currency: 'closed' } },
    {
      date: '2026-03-26',
      name: 'Shri Ram Navami',
      hours: { equity: 'closed', currency: 'closed', commodity: 'evening' },
    },
    {
      date: '2026-03-31',
      name: 'Shri Mahavir Jayanti',
      hours: { equity: 'closed', currency: 'closed', commodity: 'evening' },
    },
    { date: '2026-04-01', name: 'annual closing of banks', hours: { currency: 'closed' } },
    { date: '2026-04-03', name: 'Good Friday', hours: { all: 'closed' } },
    {
      date: '2026-04-14',
      name: 'Dr. Baba Saheb Ambedkar Jayanti',
      hours: { equity: 'closed', currency: 'closed', commodity: 'evening' },
    },
    {
      date: '2026-05-01',
      name: 'Maharashtra Day',
      hours: { equity: 'closed', currency: 'closed', commodity: 'evening' },
    },
    { date: '2026-05-28', name: 'Bakri Id', hours: { equity: 'closed', currency: 'closed', commodity: 'evening' } },
    { date: '2026-06-26', name: 'Muharram', hours: { equity: 'closed', currency: 'closed', commodity: 'evening' } },
    { date: '2026-08-26', name: 'Id-E-Milad', hours: { currency: 'closed' } },
    {
      date: '2026-09-14',
      name: 'Ganesh Chaturthi',
      hours: { equity: 'closed', currency: 'closed', commodity: 'evening' },
    },
    { date: '2026-10-02', name: 'Mahatma Gandhi Jayanti', hours: { all: 'closed' } },
    { date: '2026-10-20', name: 'Dussehra', hours: { equity: 'closed', currency: 'closed', commodity: 'evening' } },
    {
      date: '2026-11-10',
      name: 'Diwali Balipratipada',
      hours: { equity: 'closed', currency: 'closed', commodity: 'evening' },
    },
    {
      date: '2026-11-24',
      name: 'Guru Nanak Jayanti',
      hours: { equity: 'closed', currency: 'closed', commodity: 'evening' },
    },
    { date: '2026-12-25', name: 'Christmas', hours: { all: 'closed' } },
  ],
};
