// The style of the report page, light and dark, and the few lines of script that filter its list. Texts only.

export const PAGE_STYLE: string = `
:root{--bg:#fff;--fg:#1d2126;--faint:#5d6670;--line:#d5dae0;--box:#f5f7f9;--fresh:#b7e1b0;--stale:#ffe08a;--maybe:#fff4c9;--failed:#f4a6a0;--blocked:#d9b8e8;--skipped:#d9d9d9;--ran:#9cc9ee;--restored:#b7e1b0;--tainted:#ffe08a;--ink:#16191d}
@media (prefers-color-scheme:dark){:root{--bg:#16191d;--fg:#e4e8ec;--faint:#9aa4ae;--line:#39414a;--box:#20252b;--fresh:#3f7d45;--stale:#8a6d1c;--maybe:#6a6034;--failed:#a6443d;--blocked:#714a86;--skipped:#545b63;--ran:#2f6596;--restored:#3f7d45;--tainted:#8a6d1c;--ink:#f2f4f6}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif}
header,main{max-width:1100px;margin:0 auto;padding:0 16px}header{padding-top:20px}h1{font-size:22px;margin:0}h2{font-size:17px;margin:28px 0 8px}h3{font-size:15px;margin:0 0 6px}
.faint,header p{color:var(--faint);font-size:13px;margin:4px 0;overflow-wrap:anywhere}.chips{display:flex;flex-wrap:wrap;gap:6px}
.chip{display:inline-block;border:0;border-radius:10px;padding:1px 9px;font:inherit;font-size:13px;color:var(--ink);background:var(--box)}button.chip{cursor:pointer}button.chip[aria-pressed=true]{outline:2px solid var(--fg)}
.fresh.chip{background:var(--fresh)}.stale.chip{background:var(--stale)}.maybe.chip{background:var(--maybe)}.failed.chip{background:var(--failed)}.blocked.chip{background:var(--blocked)}.skipped.chip{background:var(--skipped)}
.facts{border-collapse:collapse;font-size:14px}.facts th{text-align:left;white-space:nowrap;font-weight:400;color:var(--faint);padding:1px 14px 1px 0;vertical-align:top}.facts td{overflow-wrap:anywhere}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:6px;padding:8px;background:var(--box);max-height:70vh}
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}.graph path{fill:none;stroke:var(--faint);opacity:.55}.node rect{stroke:var(--line);fill:var(--skipped)}
.node.fresh rect{fill:var(--fresh)}.node.stale rect{fill:var(--stale)}.node.maybe rect{fill:var(--maybe)}.node.failed rect{fill:var(--failed)}.node.blocked rect{fill:var(--blocked)}.node.barrier rect{fill:var(--bg)}.node.barrier text{fill:var(--fg)}
.timeline{width:100%;background:var(--box);border:1px solid var(--line);border-radius:6px;display:block}.bar rect{fill:var(--ran)}.bar.failed rect{fill:var(--failed)}.bar.restored rect{fill:var(--restored)}.bar.tainted rect{fill:var(--tainted)}.bar.critical rect{stroke:var(--fg);stroke-width:1.5}
#find{width:100%;max-width:420px;padding:6px 10px;font:inherit;color:inherit;background:var(--box);border:1px solid var(--line);border-radius:6px}
.task{border-top:1px solid var(--line);padding:5px 0}.task summary{cursor:pointer;overflow-wrap:anywhere}.task ul{margin:4px 0;padding-left:22px}.task pre,.note pre{background:var(--box);border:1px solid var(--line);border-radius:6px;padding:8px;overflow-x:auto;font-size:12.5px;max-height:420px}
.task:target{outline:2px solid var(--ran);outline-offset:2px}.error{color:var(--fg);background:var(--failed);border-radius:4px;padding:3px 8px;overflow-wrap:anywhere}a{color:inherit}
.note{border:1px solid var(--line);border-radius:6px;padding:12px;margin:8px 0;overflow-x:auto}.note img{max-width:100%}.note table{border-collapse:collapse}.note td,.note th{border:1px solid var(--line);padding:3px 8px}
@media (max-width:600px){.timeline text{display:none}body{font-size:14px}h1{font-size:19px}}
`.trim().replaceAll("\n", "");

export const PAGE_SCRIPT: string = `
const rows=[...document.querySelectorAll(".task")],find=document.getElementById("find");let state="";
function show(){const part=find?find.value.toLowerCase():"";for(const row of rows)row.hidden=!row.dataset.name.includes(part)||(state!==""&&row.dataset.state!==state)}
if(find)find.addEventListener("input",show);
for(const chip of document.querySelectorAll("button.chip"))chip.addEventListener("click",()=>{state=state===chip.dataset.state?"":chip.dataset.state;for(const other of document.querySelectorAll("button.chip"))other.setAttribute("aria-pressed",String(other.dataset.state===state));show()});
function open(){const row=location.hash&&document.getElementById(location.hash.slice(1));if(row&&row.tagName==="DETAILS"){row.hidden=false;row.open=true;row.scrollIntoView()}}
addEventListener("hashchange",open);open();
`.trim().replaceAll("\n", "");
