(port => {
  const connect = () => {
    const socket = new WebSocket(`ws://${location.hostname}:${port}/live_reload`);
    socket.onmessage = event => {
      const change = JSON.parse(event.data);
      if (change.all || change.css) location.reload();
    };
    socket.onclose = () => setTimeout(connect, 1000);
  };
  connect();
})
