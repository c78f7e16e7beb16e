console.log('q-bench');
