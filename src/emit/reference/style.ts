/** How the reference page looks: one column of operations beside a menu, light and dark. */

export const style = `
:root{color-scheme:light dark;--ground:light-dark(#fff,#15171b);--side:light-dark(#f8f8f6,#191c20);--panel:light-dark(#f6f6f3,#1c1f24);--text:light-dark(#1d1d1b,#e7e6e2);--soft:light-dark(#5f5e58,#a5a39c);--line:light-dark(#e5e4de,#2b2f36);--field:light-dark(#8c8a82,#6d717a);--accent:light-dark(#2b4fc4,#9db6ff);--on-accent:light-dark(#fff,#10131a);--get:light-dark(#1c6b45,#7fd0a4);--post:light-dark(#2b4fc4,#9db6ff);--put:light-dark(#8a4b08,#e9b372);--del:light-dark(#b3261e,#ff9d92);--mono:ui-monospace,"SF Mono","Cascadia Code",Menlo,Consolas,"DejaVu Sans Mono",monospace}
:root[data-theme=light]{color-scheme:light}:root[data-theme=dark]{color-scheme:dark}
*{box-sizing:border-box}
html{scroll-padding-top:4.5rem;scrollbar-gutter:stable}
body{margin:0;background:var(--ground);color:var(--text);font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",sans-serif;-webkit-text-size-adjust:100%}
a{color:var(--accent);text-underline-offset:.2em}
code,pre{font-family:var(--mono);font-size:.875em}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
[hidden]{display:none!important}
button,input,select,textarea{font:inherit;color:inherit}
button{cursor:pointer;background:none;border:1px solid var(--line);border-radius:7px;padding:.3rem .75rem;font-size:.875rem;line-height:1.5}
button:hover{border-color:var(--field)}
.send{background:var(--accent);border-color:var(--accent);color:var(--on-accent);font-weight:550}
.skip{position:fixed;left:1rem;top:-4rem;z-index:3;background:var(--ground);padding:.5rem 1rem}.skip:focus{top:.6rem}
header{position:sticky;top:0;z-index:2;display:flex;align-items:center;gap:.75rem;height:3.5rem;padding:0 1.5rem;background:var(--ground);border-bottom:1px solid var(--line)}
header button{flex:none;white-space:nowrap}
header .name{margin-right:auto;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-weight:650;color:inherit;text-decoration:none;letter-spacing:-.01em}
#caller{min-width:0;color:var(--soft);font-size:.875rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
#open-menu{display:none}
nav{position:fixed;top:3.5rem;bottom:0;left:0;width:17.5rem;overflow-y:auto;padding:1.25rem 1rem 3rem;background:var(--side);border-right:1px solid var(--line)}
#search{width:100%;margin-bottom:1rem}
nav section{margin-bottom:1.25rem}
nav h2{margin:0 0 .25rem;padding:0 .5rem;font-size:.8125rem;font-weight:650}
nav h2 a{color:inherit;text-decoration:none}
nav ul{list-style:none;margin:0;padding:0}
nav li a{display:flex;gap:.6rem;align-items:baseline;padding:.22rem .5rem;border-radius:6px;color:var(--soft);font-size:.8125rem;text-decoration:none;line-height:1.45}
nav li a:hover{color:var(--text);background:var(--line)}
nav li a[aria-current]{color:var(--text);background:var(--line)}
nav li .method{flex:none;width:2.6rem;font-size:.625rem}
#nothing{color:var(--soft);font-size:.875rem;padding:0 .5rem}
main{margin-left:17.5rem;padding:2.5rem 3rem 8rem;max-width:86rem;outline:none}
h1,h2{text-wrap:balance}
h1{margin:0 0 .75rem;font-size:2.125rem;line-height:1.15;letter-spacing:-.025em;font-weight:680}
.introduction{max-width:44rem;color:var(--soft)}.introduction h1{color:var(--text)}
.introduction p{margin:0 0 1rem}
.files{display:flex;flex-wrap:wrap;gap:.4rem 1.5rem;font-size:.9375rem}
.group{margin-top:3.5rem}
.group>h2{margin:0;font-size:1.375rem;letter-spacing:-.015em;font-weight:650}
.group>p{margin:.15rem 0 1rem;color:var(--soft)}
summary{cursor:pointer}
.row>summary,.answers summary{color:var(--accent);font-size:.875rem;width:max-content}
.row{margin-bottom:1rem}
.operation{border-top:1px solid var(--line)}
.operation:last-of-type{border-bottom:1px solid var(--line)}
.operation>summary{display:grid;grid-template-columns:4rem minmax(0,auto) minmax(0,1fr) auto;gap:.25rem 1rem;align-items:baseline;padding:.7rem .25rem;list-style:none}
.operation>summary::-webkit-details-marker{display:none}
.operation>summary:hover .path{color:var(--accent)}
.method{font:650 .75rem/1 var(--mono);letter-spacing:.03em}
.get{color:var(--get)}.post{color:var(--post)}.put,.patch{color:var(--put)}.delete{color:var(--del)}
.path{font-size:.9375rem;overflow-wrap:anywhere}
.says{color:var(--soft);font-size:.9375rem}
.lock{color:var(--soft);font-size:.75rem;border:1px solid var(--line);border-radius:99px;padding:.05rem .6rem;white-space:nowrap}
.body{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:2.5rem;padding:.5rem .25rem 2.5rem}
.takes>p{margin:0 0 1.25rem;color:var(--soft)}
fieldset{border:0;margin:0 0 1.75rem;padding:0;min-width:0}
legend{padding:0;margin-bottom:.6rem;font-size:.8125rem;font-weight:650}
.field{display:grid;grid-template-columns:10.5rem minmax(0,1fr);gap:.1rem .75rem;align-items:center;margin-bottom:.55rem}
.field.filter{grid-template-columns:10.5rem 6.75rem minmax(0,1fr)}
.field small{grid-column:2/-1;color:var(--soft);line-height:1.45}
label code,th code{margin-right:.5rem}label b,th b{color:var(--put);font:500 .6875rem/1 system-ui,sans-serif;display:inline-block}
input,select,textarea{width:100%;min-width:0;background:var(--ground);border:1px solid var(--field);border-radius:7px;padding:.32rem .6rem;font-size:.875rem}
input::placeholder{color:var(--soft);opacity:1}input:placeholder-shown{text-overflow:ellipsis}
textarea{display:block;resize:vertical;font-family:var(--mono);font-size:.8125rem;line-height:1.55;padding:.6rem .75rem;tab-size:2}
.editor{display:block;margin:.75rem 0 .35rem;color:var(--soft);font:.75rem var(--mono)}
table{width:100%;border-collapse:collapse;font-size:.875rem}
th,td{padding:.45rem 0;vertical-align:top;text-align:left;font-weight:400;border-bottom:1px solid var(--line)}
tr:last-child>th,tr:last-child>td{border-bottom:0}
.members th{width:11.25rem;padding-right:.75rem;overflow-wrap:anywhere}
td small{display:block;color:var(--soft);font-size:.8125rem;overflow-wrap:anywhere}
.answers th{width:3.5rem;font:600 .8125rem/1.9 var(--mono)}
.good{color:var(--get)}.same{color:var(--soft)}.bad{color:var(--del)}
.answers td{overflow-wrap:anywhere}
.answers ul{margin:.35rem 0;padding-left:1.1rem;color:var(--soft)}
.tries{position:sticky;top:4.5rem;align-self:start;min-width:0}
.samples{position:relative;background:var(--panel);border:1px solid var(--line);border-radius:10px;margin-bottom:.9rem}
.tabs{display:flex;gap:.25rem;padding:.45rem .5rem 0}
.tabs button{border-color:transparent;padding:.15rem .6rem;font-size:.8125rem;color:var(--soft)}
.tabs button[aria-selected=true]{color:var(--text);background:var(--line)}
.copy{position:absolute;top:.45rem;right:.5rem;padding:.15rem .6rem;font-size:.8125rem}
pre{margin:0;padding:.7rem 1rem 1rem;overflow:auto;max-height:26rem;line-height:1.6;font-size:.875rem}
pre code{font-size:.8125rem;white-space:pre-wrap;overflow-wrap:anywhere}
.anchor{margin-left:1rem;font-size:.875rem}
.answer{margin-top:1rem}
.answer:empty{display:none}
.answer>div{background:var(--panel);border:1px solid var(--line);border-radius:10px;overflow:hidden}
.answer .status{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:0;padding:.6rem 1rem;border-bottom:1px solid var(--line);font-size:.875rem}
.answer .status b{font-family:var(--mono)}
.answer .status span{color:var(--soft)}
.answer details{padding:.5rem 1rem;border-top:1px solid var(--line);font-size:.8125rem}
.answer details code{overflow-wrap:anywhere}
dialog{width:min(24rem,calc(100vw - 2rem));padding:1.5rem;border:1px solid var(--line);border-radius:14px;background:var(--ground);color:inherit;box-shadow:0 24px 64px #0004}
dialog::backdrop{background:#0006}
dialog h2{margin:0 0 1rem;font-size:1.25rem;letter-spacing:-.015em}
dialog label{display:block;margin:.75rem 0 .25rem;font-size:.875rem}
dialog input{padding:.5rem .7rem}
dialog div{display:flex;gap:.5rem;margin-top:1rem}
#sign-in-says{margin:.75rem 0 0;color:var(--del);font-size:.875rem}#sign-in-says:empty{display:none}
@media (max-width:75rem){.body{grid-template-columns:minmax(0,1fr);gap:.5rem}.tries{position:static}}
@media (max-width:52rem){
header{padding:0 1rem}#open-menu{display:block}
nav{display:none;width:100%;z-index:1;border-right:0}nav.open{display:block}
main{margin-left:0;padding:1.75rem 1rem 6rem}
h1{font-size:1.75rem}
nav li a{padding:.5rem;font-size:.9375rem}
.operation>summary{grid-template-columns:3.5rem minmax(0,1fr) auto}.says{grid-column:2/-1}.lock{grid-column:2;justify-self:start}
.field,.field.filter{grid-template-columns:minmax(0,1fr)}.field small{grid-column:1}
.field.filter{grid-template-columns:6.75rem minmax(0,1fr)}.field.filter label{grid-column:1/-1}
input,select,textarea{font-size:1rem}
.members th{width:8.5rem}}
@media (max-width:30rem){#caller{display:none}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
@media print{nav,header,.tries{display:none}main{margin:0}}
`
