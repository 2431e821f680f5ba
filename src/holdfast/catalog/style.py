"""How the site looks: on a wide screen, a phone, in the dark and on paper."""

STYLE = """\
:root { --ink: #1f2937; --soft: #4b5563; --line: #d1d5db; --page: #ffffff; --shade: #f3f4f6; --link: #00588a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e5e7eb; --soft: #b6bdc8; --line: #4b5563; --page: #14181f; --shade: #1f2530; --link: #7cc4f0; }
  .drawing { background: #ffffff; }
}
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--page); font: 16px/1.5 Inter, "Helvetica Neue", Arial, sans-serif; }
header, main { max-width: 76rem; margin: 0 auto; padding: 0.75rem 1rem; }
header { border-bottom: 1px solid var(--line); }
h1 { margin: 0.5rem 0; font-size: 1.6rem; overflow-wrap: anywhere; }
h1 small { color: var(--soft); font-weight: 400; font-size: 1rem; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.15rem; }
a { color: var(--link); }
a:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
dl { display: grid; grid-template-columns: minmax(8rem, 18rem) 1fr; gap: 0.25rem 1rem; margin: 0.75rem 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
.drawing { border: 1px solid var(--line); border-radius: 4px; padding: 0.25rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.75rem 0.35rem 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 600; }
tbody th { font-weight: 600; }
tr:target { background: var(--shade); }
pre { overflow-x: auto; padding: 0.75rem; background: var(--shade); border-radius: 4px; font-size: 0.85rem; }
li { overflow-wrap: anywhere; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 0.5rem; } }
@media print { header { display: none; } .wide, pre { overflow: visible; } a { color: inherit; text-decoration: none; } }
"""
