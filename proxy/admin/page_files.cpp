#include "proxy/admin/page.hpp"

namespace sipha::admin {

std::string_view page_style() {
    return R"css(:root { color-scheme: light dark; --line: #8884; --accent: #2a6fdb; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 76rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; text-transform: capitalize; }
header p, .count { color: #888; margin: .2rem 0; font-weight: normal; }
.badge { font-size: .8rem; padding: .15rem .6rem; border-radius: 1rem; color: #fff; vertical-align: middle; }
.good { background: #1a7f37; } .warn { background: #9a6700; } .bad { background: #b42318; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; display: block; overflow-x: auto; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .1rem 1.5rem; }
dl div { display: flex; justify-content: space-between; border-bottom: 1px dotted var(--line); }
dd { margin: 0; font-variant-numeric: tabular-nums; }
#plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); gap: 1rem; margin-top: 1rem; }
figure { margin: 0; border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .7rem; }
figcaption { display: flex; justify-content: space-between; font-size: .85rem; }
svg { width: 100%; height: 4rem; display: block; }
polyline { fill: none; stroke: var(--accent); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
)css";
}

std::string_view page_script() {
    return R"js('use strict';
const svg = 'http://www.w3.org/2000/svg';
const width = 600, height = 100;

function figure(name) {
    const id = 'plot-' + name;
    let box = document.getElementById(id);
    if (!box) {
        box = document.createElement('figure');
        box.id = id;
        const caption = document.createElement('figcaption');
        caption.append(document.createElement('span'), document.createElement('b'));
        caption.firstChild.textContent = name.replaceAll('_', ' ') +
            (name === 'calls_in_setup' ? '' : ' / s');
        const picture = document.createElementNS(svg, 'svg');
        picture.setAttribute('viewBox', `0 0 ${width} ${height}`);
        picture.setAttribute('preserveAspectRatio', 'none');
        picture.append(document.createElementNS(svg, 'polyline'));
        box.append(caption, picture);
        document.getElementById('plots').append(box);
    }
    return box;
}

function draw(name, values) {
    const box = figure(name);
    const top = Math.max(1, ...values);
    const first = width - values.length;
    const points = values.map((v, i) => `${first + i},${height - 2 - v / top * (height - 4)}`);
    box.querySelector('polyline').setAttribute('points', points.join(' '));
    box.querySelector('b').textContent = values.length ? values[values.length - 1] : '-';
}

async function plots() {
    const answer = await (await fetch('api/rates')).json();
    for (const [name, values] of Object.entries(answer.series)) {
        draw(name, values);
    }
    document.getElementById('plots').dataset.newest = answer.newest_s;
}

async function tables() {
    const text = await (await fetch('.')).text();
    const fresh = new DOMParser().parseFromString(text, 'text/html');
    for (const id of ['live', 'tables']) {
        document.getElementById(id).replaceWith(fresh.getElementById(id));
    }
}

async function every(milliseconds, action) {
    try {
        await action();
    } catch (error) {
        console.warn(error);
    }
    setTimeout(every, milliseconds, milliseconds, action);
}

every(1000, plots);
setTimeout(every, 3000, 3000, tables);
)js";
}

}  // namespace sipha::admin
