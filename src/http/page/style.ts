/** How the page looks: by day and by night, on a wall and on a phone. */
export const STYLE = `
:root { color-scheme: light dark; --back: #f4f5f7; --card: #fff; --ink: #16191d; --faint: #5c6670; --line: #d9dde2;
  --good: #0b6b3a; --good-back: #dcf3e5; --warn: #7a4b00; --warn-back: #fdeecb; --bad: #a3121b; --bad-back: #fde0e0; }
@media (prefers-color-scheme: dark) { :root { --back: #101317; --card: #1a1e24; --ink: #e6e9ed; --faint: #98a2ad;
  --line: #313842; --good: #6fd69b; --good-back: #12351f; --warn: #f2c261; --warn-back: #3a2c0c; --bad: #ff8d8d;
  --bad-back: #451a1d; } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
header, main { max-width: 1240px; margin: 0 auto; padding: 12px 16px; }
header { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; }
h1 { font-size: 18px; margin: 0; }
h2 { font-size: 18px; margin: 0; overflow-wrap: anywhere; }
h3 { font-size: 13px; margin: 18px 0 6px; text-transform: uppercase; letter-spacing: .06em; color: var(--faint); }
p { margin: 4px 0; }
.mono, code { font-family: ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; font-size: .93em; overflow-wrap: anywhere; }
.faint { color: var(--faint); }
p.bad, li.bad { color: var(--bad); font-weight: 600; }
li.warn { color: var(--warn); }
#banner { background: var(--bad-back); color: var(--bad); padding: 10px 14px; border-radius: 8px; font-weight: 600; margin-bottom: 12px; }
#token { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-bottom: 12px; }
#token input, #token button { font: inherit; padding: 6px 10px; }
.card { background: var(--card); border: 1px solid var(--line); border-left: 6px solid var(--good); border-radius: 8px; padding: 12px 16px; margin-bottom: 14px; }
.card.warn { border-left-color: var(--warn); }
.card.bad { border-left-color: var(--bad); }
.head { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; }
.address { font-size: 22px; font-weight: 700; }
.badge { display: inline-block; padding: 1px 8px; margin: 1px 4px 1px 0; border-radius: 10px; font-size: 13px; background: var(--back); color: var(--faint); }
.badge.good { background: var(--good-back); color: var(--good); }
.badge.warn { background: var(--warn-back); color: var(--warn); }
.badge.bad { background: var(--bad-back); color: var(--bad); font-weight: 600; }
.trouble { background: var(--bad-back); border-radius: 6px; padding: 8px 12px; margin: 8px 0; overflow-wrap: anywhere; }
.notes { margin: 8px 0; padding-left: 20px; overflow-wrap: anywhere; }
.notes:empty { display: none; }
summary { cursor: pointer; color: var(--faint); padding: 4px 0; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 400; font-size: 13px; color: var(--faint); padding: 2px 12px 2px 0; }
td { vertical-align: top; padding: 5px 12px 5px 0; border-top: 1px solid var(--line); overflow-wrap: break-word; }
section { overflow-x: auto; }
td time { white-space: nowrap; }
.badge { max-width: 100%; }
.steps { display: flex; flex-wrap: wrap; gap: 2px 14px; list-style: none; margin: 2px 0; padding: 0; font-size: 13px; }
@media (max-width: 720px) {
  header, main { padding: 8px; }
  .card { padding: 10px; }
  .address { font-size: 19px; }
  thead { display: none; }
  tr { display: block; border-top: 1px solid var(--line); padding: 5px 0; }
  td { display: inline; border: 0; padding: 0 10px 0 0; overflow-wrap: anywhere; }
  td:empty { display: none; }
  td:not([data-heading=''])::before { content: attr(data-heading) ' '; color: var(--faint); font-size: 13px; }
}
`;
